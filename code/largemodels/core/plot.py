"""The book's figures: one visual language, readable in the light and the dark theme, described in words.

Call `use_book_style()` once, draw with matplotlib in the colors of `COLORS`, then `show(fig, alt=...)`.
"""

import io
import re
import sys
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

from largemodels.core.plot_svg import inline_svg

# The same color means the same thing in every chapter. In a figure, each of these exact values is replaced by
# the CSS variable of its name, so that the page's theme chooses between the two tables: draw with no others.
COLORS = {
    "ink": "#1f2430",
    "paper": "#fefffe",
    "grid": "#d9dde3",
    "muted": "#5b6472",
    "data": "#1450b0",
    "data2": "#cc5c08",
    "data3": "#741449",
    "parameters": "#a45fdc",
    "gradients": "#ab1220",
    "activations": "#4f9654",
    "devices": "#6f6754",
    "good": "#2a8c80",
    "bad": "#a0163a",
    # Pale grounds for the areas where a classifier answers data, data2 or data3.
    "region": "#d9e8fb",
    "region2": "#fbe7d3",
    "region3": "#f1d5e1",
}
DARK = {
    "ink": "#e6e9ef",
    "paper": "#14181e",
    "grid": "#363e4a",
    "muted": "#a3adba",
    "data": "#62b8fa",
    "data2": "#f4a655",
    "data3": "#c56b98",
    "parameters": "#9377ea",
    "gradients": "#fb5a52",
    "activations": "#9be58c",
    "devices": "#c3ad9c",
    "good": "#7fe0d4",
    "bad": "#f8628a",
    "region": "#163a5c",
    "region2": "#463016",
    "region3": "#3f1730",
}
_CYCLE = ["data", "data2", "data3", "parameters", "activations", "gradients", "devices"]

# 6.5 inches at 12 points: on a phone, where the figure shrinks to the screen, text is still 9 pixels high.
_STYLE: dict[Any, Any] = {
    "figure.figsize": (6.5, 4.0),
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same shapes
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "text.color": COLORS["ink"],
    "axes.facecolor": "none",
    "axes.edgecolor": COLORS["muted"],
    "axes.labelcolor": COLORS["ink"],
    "axes.titlecolor": COLORS["ink"],
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=[COLORS[name] for name in _CYCLE]),
    "xtick.color": COLORS["muted"],
    "ytick.color": COLORS["muted"],
    "xtick.labelcolor": COLORS["ink"],
    "ytick.labelcolor": COLORS["ink"],
    "grid.color": COLORS["grid"],
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "patch.edgecolor": COLORS["ink"],
    "patch.facecolor": COLORS["data"],
    "hatch.color": COLORS["ink"],
    "boxplot.boxprops.color": COLORS["ink"],
    "boxplot.whiskerprops.color": COLORS["ink"],
    "boxplot.capprops.color": COLORS["ink"],
    "boxplot.flierprops.markeredgecolor": COLORS["ink"],
    "image.cmap": "viridis",
}
# Without a salt and with a date, two builds would differ; as paths, text looks the same on every machine.
_SVG: dict[Any, Any] = {"svg.hashsalt": "largemodels", "svg.fonttype": "path", "svg.image_inline": True}

_EMPTY_OPENING = re.compile(
    r"\s*((a|an|the|this)\s+)?(\w+\s+)?(plot|figure|chart|graph|diagram|image|picture)\s+"
    r"(of|showing|shows|that shows)\b",
    re.IGNORECASE,
)


def use_book_style() -> None:
    """Draw every later figure of this session in the book's style."""
    mpl.rcParams.update(_STYLE | _SVG)


def show(fig: Figure, alt: str) -> None:
    """Display the figure in both themes, described by `alt`, and close it.

    Outside a notebook, where there is nothing to draw on, the description is printed instead.
    Raises ValueError if `alt` does not say what the figure shows.
    """
    svg = to_svg(fig, alt)
    plt.close(fig)
    if not _in_notebook():
        print(f"[figure] {alt}")
        return
    from IPython.display import display

    # The ground matters where the page does not define the variables: in Colab's dark theme, say.
    html = f'<div class="lm-figure" style="background: var(--lm-paper, #fff)">{svg}</div>'
    display({"text/html": html, "text/plain": f"[figure] {alt}"}, raw=True)


def to_svg(fig: Figure, alt: str) -> str:
    """Return the figure as one `<svg>` element that follows the page's theme.

    The same figure always gives the same text. Raises ValueError if `alt` does not say what it shows.
    """
    _require_finding(alt)
    drawn = io.StringIO()
    with mpl.rc_context(_SVG):
        fig.savefig(drawn, format="svg", facecolor="none", metadata={"Date": None})
    return inline_svg(drawn.getvalue(), alt, COLORS)


def css_variables() -> str:
    """Return the CSS that gives the figures' colors their light and dark values; what is printed is light."""
    light, dark = ("\n".join(f"  --lm-{name}: {value};" for name, value in table.items()) for table in (COLORS, DARK))
    return f':root {{\n{light}\n}}\n@media screen {{\nhtml[data-theme="dark"] {{\n{dark}\n}}\n}}\n'


def _require_finding(alt: str) -> None:
    """Raise ValueError unless `alt` is a description that serves someone who can't see the figure."""
    if len(alt.strip()) < 20 or _EMPTY_OPENING.match(alt):
        raise ValueError(
            f"alt={alt!r} does not say what the figure shows: write its finding in 20 characters or more, "
            "without “plot of” or “figure of”, for example: "
            "alt='Training loss falls tenfold while validation loss turns up after epoch 4.'"
        )


def _in_notebook() -> bool:
    """Tell whether a Jupyter kernel (and not a terminal or a program) runs this code."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None
