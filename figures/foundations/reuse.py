"""Three ways to use a trained network: which of its parts learn, and from what."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from largemodels.core.plot import COLORS, use_book_style

TRUNK = ["stem", "stages 1, 2", "stages 3, 4"]
# What the trunk starts from; how far the slopes of the loss are followed; what that means.
WAYS = {
    "frozen": ("data", 0, "only the\nclassifier learns"),
    "fine-tuned": ("data", 3, "all of it learns,\na little"),
    "from scratch": ("data2", 3, "all of it learns,\nfrom nothing"),
}
WIDTH, HEIGHT, GAP = 2.3, 0.62, 0.3
SPACE = 3.35  # from one way to the next


def draw() -> Figure:
    """Draw the same network three times, the slopes of the loss beside it as far as they go."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(5.8, 4.5))
    for i, (name, (start, depth, meaning)) in enumerate(WAYS.items()):
        _draw_way(ax, i * SPACE, name, start, depth)
        ax.text(i * SPACE + WIDTH / 2, -0.45, meaning, ha="center", va="top", fontsize=11)
    words = [("numbers learned from photographs", "data"), ("numbers that start at random", "data2")]
    for row, (text, color) in enumerate([*words, ("slopes of the loss", "gradients")]):
        ax.text(0, -1.75 - 0.42 * row, text, color=COLORS[color], weight="bold", fontsize=11, va="center")
    ax.set(xlim=(-0.2, 2 * SPACE + WIDTH + 0.75), ylim=(-2.85, 4.1))
    ax.axis("off")
    return fig


def _draw_way(ax: Axes, x: float, name: str, start: str, depth: int) -> None:
    ax.text(x + WIDTH / 2, 3.85, name, weight="bold", ha="center", va="center", fontsize=12)
    for row, part in enumerate([*TRUNK, "classifier"]):
        color = "data2" if part == "classifier" else start
        _draw_part(ax, x, row * (HEIGHT + GAP), part, color, learns=row >= len(TRUNK) - depth)
    top, bottom = len(TRUNK) * (HEIGHT + GAP) + HEIGHT, (len(TRUNK) - depth) * (HEIGHT + GAP)
    arrow = {"arrowstyle": "-|>", "color": COLORS["gradients"], "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x + WIDTH + 0.3, bottom), (x + WIDTH + 0.3, top), arrowprops=arrow)


def _draw_part(ax: Axes, x: float, y: float, name: str, color: str, learns: bool) -> None:
    shape = FancyBboxPatch((x, y), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.1")
    shape.set(facecolor=(COLORS[color], 0.25), edgecolor=COLORS[color], linewidth=2)
    shape.set_linestyle("--" if learns else "-")
    ax.add_patch(shape)
    ax.text(x + WIDTH / 2, y + HEIGHT / 2, name, ha="center", va="center", fontsize=11)
