"""Who holds what in a pipeline: each process a run of layers, with all that belongs to them, and what travels."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from largemodels.core.plot import COLORS, use_book_style

PROCESSES = 4
STATES = {"weights": ("parameters", 1), "gradients": ("gradients", 1), "moments": ("data2", 2)}  # color, size
HEIGHT, UNIT, GAP = 0.42, 3.2, 0.7  # of a bar; of a state of size 1; between states
LANES = {"activations": 15.6, "gradients": 16.6}  # where activations come down, and their gradients go up


def draw() -> Figure:
    """Draw a row for each process, and arrows from row to row."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(6.2, 3.0))
    for rank in range(PROCESSES):
        _draw_process(ax, rank)
    for rank in range(PROCESSES - 1):
        _arrow(ax, "activations", rank, rank + 1)
        _arrow(ax, "gradients", rank + 1, rank)
    ax.text(
        LANES["gradients"] + 0.5, (PROCESSES - 1) / 2 - 0.3, "activations", color=COLORS["activations"], fontsize=12
    )
    ax.text(
        LANES["gradients"] + 0.5, (PROCESSES - 1) / 2 + 0.3, "their gradients", color=COLORS["gradients"], fontsize=12
    )
    ax.set(xlim=(-0.8, 21.4), ylim=(PROCESSES - 0.4, -0.95), xticks=[], yticks=[])
    ax.axis("off")
    return fig


def _draw_process(ax: Axes, rank: int) -> None:
    ax.text(-0.3, rank, str(rank), ha="right", va="center", color=COLORS["devices"])
    left = 0.0
    for state, (color, size) in STATES.items():
        width = size * UNIT
        frame = {"height": HEIGHT, "linewidth": 1, "edgecolor": COLORS[color]}
        part = width / PROCESSES
        ax.add_patch(Rectangle((left, rank - HEIGHT / 2), width, facecolor="none", **frame))
        ax.add_patch(Rectangle((left + rank * part, rank - HEIGHT / 2), part, facecolor=COLORS[color], **frame))
        if rank == 0:
            ax.text(left + width / 2, -0.42, state, ha="center", va="bottom", color=COLORS[color], fontsize=12)
        left += width + GAP


def _arrow(ax: Axes, color: str, start: int, end: int) -> None:
    inset = 0.18 if end > start else -0.18
    points = (LANES[color], start + inset), (LANES[color], end - inset)
    ax.add_patch(
        FancyArrowPatch(*points, arrowstyle="-|>", mutation_scale=12, color=COLORS[color], shrinkA=0, shrinkB=0)
    )
