"""A block of a transformer: a stream that two branches read from and add to."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from largemodels.core.plot import COLORS, use_book_style

BRANCH, WIDTH, HEIGHT = 2.6, 2.4, 0.62
PLUS = 0.26  # radius
BRANCHES = {0.6: "attention", 4.2: "feed-forward"}  # by where they leave the stream


def draw() -> Figure:
    """Draw the stream upward, and each branch to its right."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(5.6, 5.2))
    stream = COLORS["activations"]
    _line(ax, (0, -0.4), (0, 7.9), stream, 5, arrow=True)
    for leaves, part in BRANCHES.items():
        _branch(ax, leaves, part)
    ax.text(0, -0.55, "x: a vector for each token", ha="center", va="top", fontsize=11, color=stream)
    ax.text(BRANCH + WIDTH / 2 + 0.25, 2.6, "other tokens'\nvectors", ha="left", va="center", fontsize=11)
    start = (BRANCH + WIDTH / 2 + 0.2, 2.6)
    _line(ax, start, (BRANCH + WIDTH / 2, 2.6), COLORS["data"], 1.5, arrow=False)
    ax.set(xlim=(-1.6, 5.8), ylim=(-1.1, 8), aspect="equal")
    ax.axis("off")
    return fig


def _branch(ax: Axes, leaves: float, part: str) -> None:
    gray = COLORS["muted"]
    _line(ax, (0, leaves), (BRANCH, leaves), gray, 1.5, arrow=False)
    _line(ax, (BRANCH, leaves), (BRANCH, leaves + 0.5), gray, 1.5, arrow=True)
    _box(ax, leaves + 0.8, "layer norm", "muted")
    _line(ax, (BRANCH, leaves + 1.1), (BRANCH, leaves + 1.7), gray, 1.5, arrow=True)
    _box(ax, leaves + 2.0, part, "parameters")
    _line(ax, (BRANCH, leaves + 2.3), (BRANCH, leaves + 2.8), gray, 1.5, arrow=False)
    _line(ax, (BRANCH, leaves + 2.8), (PLUS, leaves + 2.8), gray, 1.5, arrow=True)
    circle = Circle((0, leaves + 2.8), PLUS, facecolor=COLORS["paper"], edgecolor=COLORS["activations"], linewidth=2)
    circle.set_zorder(3)
    ax.add_patch(circle)
    ax.text(0, leaves + 2.8, "+", ha="center", va="center", fontsize=15, zorder=4)


def _box(ax: Axes, y: float, text: str, color: str) -> None:
    corner = BRANCH - WIDTH / 2, y - HEIGHT / 2
    shape = FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.1")
    shape.set(facecolor=(COLORS[color], 0.25), edgecolor=COLORS[color], linewidth=1.5)
    ax.add_patch(shape)
    ax.text(BRANCH, y, text, ha="center", va="center", fontsize=12)


def _line(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str, width: float, *, arrow: bool
) -> None:
    style = {"arrowstyle": "-|>" if arrow else "-", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)
