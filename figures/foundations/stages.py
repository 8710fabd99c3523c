"""The stages of learning, and the wall behind which the test set waits."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from largemodels.core.plot import COLORS, use_book_style

PLACES = {
    "question": (0.0, 3.4, "ink"),
    "collect": (2.2, 3.4, "ink"),
    "split": (4.4, 3.4, "ink"),
    "prepare": (4.4, 1.7, "parameters"),
    "train": (2.2, 1.7, "parameters"),
    "evaluate": (0.0, 1.7, "parameters"),
    "decide": (0.0, 0.0, "ink"),
    "test": (4.4, 0.0, "data"),
}
STEPS = [
    ((1.7, 3.9), (2.2, 3.9)),
    ((3.9, 3.9), (4.4, 3.9)),
    ((5.25, 3.4), (5.25, 2.7)),
    ((4.4, 2.2), (3.9, 2.2)),
    ((2.2, 2.2), (1.7, 2.2)),
    ((0.85, 1.7), (0.85, 1.0)),
]
DETAIL = {
    "question": "target, loss,\nmetric, leaks",
    "collect": "data, looked\nat first",
    "split": "by patient,\nnot by row",
    "prepare": "fitted on the\ntraining part",
    "train": "model, loss,\noptimizer",
    "evaluate": "by folds, with\nan interval",
    "decide": "what a mistake\ncosts",
    "test": "opened once",
}
WIDTH, HEIGHT = 1.7, 1.0


def draw() -> Figure:
    """Draw two rows of stages, then the decision, with the test set's way around everything fitted."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(5.8, 3.9))
    for name, (x, y, color) in PLACES.items():
        _box(ax, x, y, name, color)
    for start, end in STEPS:
        _arrow(ax, start, end, "muted")
    _draw_the_way_of_the_test_set(ax)
    ax.set(xlim=(-0.3, 7.0), ylim=(-0.15, 4.55))
    ax.axis("off")
    return fig


def _draw_the_way_of_the_test_set(ax: Axes) -> None:
    ax.plot([4.05, 4.05, 6.9], [-0.1, 1.35, 1.35], color=COLORS["bad"], linestyle=(0, (4, 3)), linewidth=1.5)
    ax.text(3.9, 1.35, "the wall", color=COLORS["bad"], ha="right", va="center", style="italic")
    ax.plot([6.1, 6.5, 6.5, 6.1], [3.9, 3.9, 0.5, 0.5], color=COLORS["data"], linewidth=1.5)
    _arrow(ax, (6.5, 0.5), (6.1, 0.5), "data")
    _arrow(ax, (4.4, 0.5), (1.7, 0.5), "data")
    ax.text(2.8, 0.42, "once, at the end", color=COLORS["data"], ha="center", va="top")


def _box(ax: Axes, x: float, y: float, name: str, color: str) -> None:
    shape = FancyBboxPatch((x, y), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.12")
    shape.set(facecolor=COLORS["paper"], edgecolor=COLORS[color], linewidth=1.6)
    ax.add_patch(shape)
    center = x + WIDTH / 2
    ax.text(center, y + 0.74, name, color=COLORS[color], ha="center", va="center", weight="bold", fontsize=13)
    ax.text(center, y + 0.31, DETAIL[name], ha="center", va="center", fontsize=10.5, linespacing=1.05)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    style = {"arrowstyle": "-|>", "color": COLORS[color], "shrinkA": 1, "shrinkB": 1, "linewidth": 1.5}
    ax.annotate("", end, start, arrowprops=style)
