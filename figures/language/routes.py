"""Three ways from a phone book to an answer: one vector, looking back, and no chain at all."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from largemodels.core.plot import COLORS, use_book_style

BOOK, QUESTION = "i1w9", "w"
STEP, SIZE = 1.0, 0.62
TOP, BOTTOM = 1.6, 0.0  # heights of states and of tokens
WAYS = ("one vector", "looking back", "self-attention")


def draw() -> Figure:
    """Draw the same five tokens three times."""
    use_book_style()
    fig, axes = plt.subplots(1, 3, figsize=(6.2, 2.5))
    for ax, way, part in zip(axes, WAYS, (_one_vector, _looking_back, _self_attention), strict=True):
        for i, token in enumerate(BOOK + QUESTION):
            _box(ax, i, BOTTOM, token, "data")
        part(ax)
        ax.set_title(way, fontsize=12)
        ax.set(xlim=(-0.5, 4.6), ylim=(-0.5, 3.4), aspect="equal", xticks=[], yticks=[])
        ax.axis("off")
    return fig


def _one_vector(ax: Axes) -> None:
    _chain(ax)
    _box(ax, 4, TOP, "", "activations")
    _arrow(ax, (3, TOP), (4, TOP), "activations", 4)
    ax.text(3.5, TOP + 0.75, "all there is", ha="center", fontsize=12, color=COLORS["activations"])


def _looking_back(ax: Axes) -> None:
    _chain(ax)
    _box(ax, 4, TOP, "", "activations")
    for i, weight in enumerate((0.8, 0.8, 0.8, 5)):
        _arc(ax, 4, i, TOP + SIZE / 2, weight)


def _self_attention(ax: Axes) -> None:
    for i in range(5):
        _box(ax, i, TOP, "", "activations")
        _arrow(ax, (i, BOTTOM), (i, TOP), "muted", 1)
        for j in range(i):
            strong = (i, j) in ((4, 3), (3, 2), (1, 0))
            _arc(ax, i, j, TOP + SIZE / 2, 3 if strong else 0.6)


def _chain(ax: Axes) -> None:
    for i in range(4):
        _box(ax, i, TOP, "", "activations")
        _arrow(ax, (i, BOTTOM), (i, TOP), "muted", 1)
        if i:
            _arrow(ax, (i - 1, TOP), (i, TOP), "activations", 2)
    _arrow(ax, (4, BOTTOM), (4, TOP), "muted", 1)


def _box(ax: Axes, i: int, y: float, text: str, color: str) -> None:
    shape = FancyBboxPatch((i * STEP - SIZE / 2, y - SIZE / 2), SIZE, SIZE, boxstyle="round,pad=0,rounding_size=0.1")
    shape.set(facecolor=(COLORS[color], 0.25), edgecolor=COLORS[color], linewidth=1.5)
    ax.add_patch(shape)
    ax.text(i * STEP, y, text, ha="center", va="center", fontsize=12)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str, width: float) -> None:
    inset = SIZE / 2
    dx, dy = (inset, 0) if start[1] == end[1] else (0, inset)
    places = (start[0] * STEP + dx, start[1] + dy), (end[0] * STEP - dx, end[1] - dy)
    style = {"arrowstyle": "-|>", "color": COLORS[color], "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", places[1], places[0], arrowprops=style)


def _arc(ax: Axes, start: int, end: int, y: float, width: float) -> None:
    style = {
        "arrowstyle": "-|>",
        "color": COLORS["parameters"],
        "linewidth": width,
        "connectionstyle": "arc3,rad=0.45",
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate("", (end * STEP, y), (start * STEP, y), arrowprops=style)
