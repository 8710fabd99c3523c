"""A step of data parallel training: what each of four processes holds, from its share of the batch to the mean."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

PROCESSES = 4
HEIGHT = 0.6
PLACES = {"batch": 0.0, "weights": 3.0, "gradients": 5.6, "mean": 9.0, "new weights": 11.6}  # left edges of columns
WIDTH = 2.0  # of a column's boxes


def draw() -> Figure:
    """Draw a row for each process; columns follow one another in time."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(6.2, 3.0))
    for name, left in PLACES.items():
        ax.text(left + WIDTH / 2, -0.75, name, ha="center", va="bottom", color=COLORS["muted"], fontsize=12)
    for rank in range(PROCESSES):
        _draw_process(ax, rank)
    _draw_exchange(ax)
    ax.set(xlim=(-0.8, 13.7), ylim=(PROCESSES - 0.2, -1.2), xticks=[], yticks=[])
    ax.axis("off")
    return fig


def _draw_process(ax: Axes, rank: int) -> None:
    ax.text(-0.3, rank, str(rank), ha="right", va="center", color=COLORS["devices"])
    part = WIDTH / PROCESSES
    for share in range(PROCESSES):
        _box(ax, PLACES["batch"] + share * part, part, rank, "data", share == rank)
    shade = 0.2 + 0.15 * rank  # another gradient on each
    for name, color, alpha in (("weights", "parameters", 1), ("gradients", "gradients", shade)):
        _box(ax, PLACES[name], WIDTH, rank, color, alpha=alpha)
    for name, color in (("mean", "gradients"), ("new weights", "parameters")):
        _box(ax, PLACES[name], WIDTH, rank, color)


def _draw_exchange(ax: Axes) -> None:
    left, right = PLACES["gradients"] + WIDTH, PLACES["mean"]
    box = Rectangle((left + 0.35, -HEIGHT / 2), right - left - 0.7, PROCESSES - 1 + HEIGHT, facecolor="none")
    box.set(edgecolor=COLORS["devices"], linewidth=1)
    ax.add_patch(box)
    middle = (left + right) / 2, (PROCESSES - 1) / 2
    ax.text(*middle, "all-reduce", rotation=90, ha="center", va="center", color=COLORS["devices"], fontsize=12)


def _box(ax: Axes, left: float, width: float, rank: int, color: str, filled: bool = True, alpha: float = 1) -> None:
    place, size = (left, rank - HEIGHT / 2), (width, HEIGHT)
    if filled:
        ax.add_patch(Rectangle(place, *size, facecolor=COLORS[color], alpha=alpha, linewidth=0))
    ax.add_patch(Rectangle(place, *size, facecolor="none", edgecolor=COLORS[color], linewidth=1))
