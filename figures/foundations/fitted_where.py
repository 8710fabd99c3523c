"""Where a scaler or an encoder is fitted: on all data, before the split, or on the training part alone."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from largemodels.core.plot import COLORS, use_book_style

WIDTH, HEIGHT = 1.7, 0.9
UPPER, MIDDLE, LOWER = 1.3, 0.65, 0.0  # lower edges of boxes
FIT = "fit scaler,\nencoder"


def draw() -> Figure:
    """Draw the fit before the split, which leaks, above the fit behind it."""
    use_book_style()
    fig, (above, below) = plt.subplots(2, figsize=(5.2, 5.0), height_ratios=[3.7, 2.9])
    _draw_the_leak(above)
    _draw_the_pipeline(below)
    for ax in (above, below):
        ax.set(xlim=(-0.1, 7.0))
        ax.axis("off")
    above.set_ylim(-0.95, 2.75)
    below.set_ylim(-0.1, 2.8)
    return fig


def _draw_the_leak(ax: Axes) -> None:
    ax.text(0, 2.55, "Leaks: fitted before the split", weight="bold", color=COLORS["bad"], va="center")
    _box(ax, 0, MIDDLE, "all data", "ink")
    _arrow(ax, (WIDTH, 1.1), (2.2, 1.1), "muted")
    _box(ax, 2.2, MIDDLE, FIT, "bad")
    _split(ax, 2.2 + WIDTH, 5.2)
    ax.plot([6.05, 6.05, 3.05], [LOWER - 0.02, -0.35, -0.35], color=COLORS["bad"], linewidth=1.8)
    _arrow(ax, (3.05, -0.367), (3.05, MIDDLE), "bad")
    ax.text(4.55, -0.45, "test answers flow in", color=COLORS["bad"], ha="center", va="top")


def _draw_the_pipeline(ax: Axes) -> None:
    ax.text(0, 2.6, "A pipeline: split first", weight="bold", color=COLORS["good"], va="center")
    _box(ax, 0, MIDDLE, "all data", "ink")
    _split(ax, WIDTH, 3.0)
    _box(ax, 5.2, UPPER, FIT, "good")
    _box(ax, 5.2, LOWER, "apply", "ink")
    _arrow(ax, (3.0 + WIDTH, UPPER + HEIGHT / 2), (5.2, UPPER + HEIGHT / 2), "muted")
    _arrow(ax, (3.0 + WIDTH, LOWER + HEIGHT / 2), (5.2, LOWER + HEIGHT / 2), "muted")
    _arrow(ax, (6.05, UPPER), (6.05, LOWER + HEIGHT), "good")
    ax.text(5.9, 1.1, "numbers", color=COLORS["good"], ha="right", va="center")


def _split(ax: Axes, start: float, end: float) -> None:
    """Draw a fork from the middle to the training part and the test part, whose boxes begin at `end`."""
    for y, name, color in ((UPPER, "train", "parameters"), (LOWER, "test", "data")):
        _box(ax, end, y, name, color)
        _arrow(ax, (start, 1.1), (end, y + HEIGHT / 2), "muted")
    ax.text((start + end) / 2 + 0.12, 1.1, "split", ha="left", va="center", style="italic")


def _box(ax: Axes, x: float, y: float, name: str, color: str) -> None:
    shape = FancyBboxPatch((x, y), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.12")
    shape.set(facecolor=COLORS["paper"], edgecolor=COLORS[color], linewidth=1.6)
    ax.add_patch(shape)
    center = (x + WIDTH / 2, y + HEIGHT / 2)
    ax.text(*center, name, color=COLORS[color], ha="center", va="center", weight="bold", linespacing=1.05)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    style = {"arrowstyle": "-|>", "color": COLORS[color], "shrinkA": 1, "shrinkB": 1, "linewidth": 1.6}
    ax.annotate("", end, start, arrowprops=style)
