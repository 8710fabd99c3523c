"""Where LoRA, adapters and prefixes put their numbers: beside a layer, after it, or in the cache."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from largemodels.core.plot import COLORS, use_book_style

FROZEN, LEARNS = COLORS["muted"], COLORS["parameters"]


def draw() -> Figure:
    """Draw the three ways side by side, data flowing upward."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(6.2, 4.4))
    _lora(ax, 0)
    _adapter(ax, 5.2)
    _prefix(ax, 9.2)
    ax.set(xlim=(-1.4, 13.2), ylim=(-1.5, 6.9), aspect="equal")
    ax.axis("off")
    return fig


def _lora(ax: Axes, x: float) -> None:
    _title(ax, x + 0.9, "LoRA")
    _box(ax, x, 2.5, 1.6, 2.2, "W", FROZEN)
    _trapezoid(ax, x + 2.1, 1.4, 2.4, 1.4, 0.5, "A")
    _trapezoid(ax, x + 2.1, 2.6, 3.6, 0.5, 1.4, "B")
    for side in (x, x + 2.1):
        ends = (1.4, 3.6)
        _line(ax, (side, 0.5), (side, ends[0]))
        _line(ax, (side, ends[1]), (side, 4.5))
    _line(ax, (x, 0.5), (x + 2.1, 0.5), arrow=False)
    _line(ax, (x, -0.4), (x, 0.5), arrow=False)
    _line(ax, (x + 2.1, 4.5), (x + 0.3, 4.75))
    _plus(ax, x, 4.75)
    _line(ax, (x, 5.05), (x, 5.8))
    _label(ax, x + 0.9, "beside a layer")


def _adapter(ax: Axes, x: float) -> None:
    _title(ax, x + 0.4, "adapter")
    _box(ax, x, 0.9, 1.6, 1.0, "W", FROZEN)
    _line(ax, (x, -0.4), (x, 0.4))
    _line(ax, (x, 1.4), (x, 2.4))
    _trapezoid(ax, x, 2.4, 3.2, 1.4, 0.5, "")
    _trapezoid(ax, x, 3.4, 4.2, 0.5, 1.4, "")
    _line(ax, (x, 4.2), (x, 4.45))
    _line(ax, (x, 1.9), (x + 1.3, 1.9), arrow=False)
    _line(ax, (x + 1.3, 1.9), (x + 1.3, 4.75), arrow=False)
    _line(ax, (x + 1.3, 4.75), (x + 0.3, 4.75))
    _plus(ax, x, 4.75)
    _line(ax, (x, 5.05), (x, 5.8))
    _label(ax, x + 0.4, "after a layer")


def _prefix(ax: Axes, x: float) -> None:
    _title(ax, x + 1.6, "prefix")
    for place in range(5):
        color = LEARNS if place < 2 else COLORS["data"]
        for row, letter in enumerate("KV"):
            _box(ax, x + 0.8 * place, 1.3 + 0.8 * row, 0.66, 0.66, letter, color)
    _box(ax, x + 1.6, 4.0, 4.0, 1.0, "attention", FROZEN)
    for place in range(5):
        _line(ax, (x + 0.8 * place, 2.45), (x + 0.8 * place, 3.5))
        if place >= 2:
            _line(ax, (x + 0.8 * place, -0.4), (x + 0.8 * place, 0.95))
    ax.text(x + 0.4, 0.4, "no\ntoken", ha="center", va="center", fontsize=12, color=LEARNS)
    _line(ax, (x + 1.6, 4.5), (x + 1.6, 5.8))
    _label(ax, x + 1.6, "in the cache")


def _title(ax: Axes, x: float, text: str) -> None:
    ax.text(x, 6.4, text, ha="center", va="center", fontsize=14)


def _label(ax: Axes, x: float, text: str) -> None:
    ax.text(x, -1.1, text, ha="center", va="center", fontsize=12, color=COLORS["muted"])


def _box(ax: Axes, x: float, y: float, width: float, height: float, text: str, color: str) -> None:
    corner = (x - width / 2, y - height / 2)
    box = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.1")
    box.set(facecolor=(color, 0.25), edgecolor=color, linewidth=1.5)
    ax.add_patch(box)
    ax.text(x, y, text, ha="center", va="center", fontsize=13)


def _trapezoid(ax: Axes, x: float, low: float, high: float, below: float, above: float, text: str) -> None:
    corners = [(x - below / 2, low), (x + below / 2, low), (x + above / 2, high), (x - above / 2, high)]
    ax.add_patch(Polygon(corners, facecolor=(LEARNS, 0.25), edgecolor=LEARNS, linewidth=1.5))
    ax.text(x, (low + high) / 2, text, ha="center", va="center", fontsize=13)


def _plus(ax: Axes, x: float, y: float) -> None:
    ax.text(x, y, "+", ha="center", va="center", fontsize=16)


def _line(ax: Axes, start: tuple[float, float], end: tuple[float, float], *, arrow: bool = True) -> None:
    style = {
        "arrowstyle": "-|>" if arrow else "-",
        "color": COLORS["ink"],
        "linewidth": 1.2,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate("", end, start, arrowprops=style)
