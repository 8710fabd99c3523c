"""Who holds what: four processes, and what each of them holds of one model at the four stages of ZeRO."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

PROCESSES = 4
STATES = {"weights": ("parameters", 4), "gradients": ("gradients", 4), "moments": ("data2", 8)}  # color, bytes
CUT = {"moments": 1, "gradients": 2, "weights": 3}  # the stage from which a state is cut
HEIGHT, GAP = 0.62, 2.2  # of a bar; and between states, in bytes


def draw() -> Figure:
    """Draw a panel for each stage: rows are processes, filled is what a process holds."""
    use_book_style()
    fig, axes = plt.subplots(2, 2, figsize=(6.0, 5.4))
    for stage, ax in enumerate(axes.flat):
        held = sum(size / (PROCESSES if stage >= CUT[state] else 1) for state, (_, size) in STATES.items())
        ax.set_title(f"stage {stage}: {held:g} bytes", loc="center")
        for rank in range(PROCESSES):
            _draw_process(ax, stage, rank)
        ax.set(xlim=(-3.2, 20.8), ylim=(PROCESSES - 0.4, -0.95), xticks=[], yticks=[])
        ax.axis("off")
    return fig


def _draw_process(ax: Axes, stage: int, rank: int) -> None:
    ax.text(-0.5, rank, f"{rank}", ha="right", va="center", color=COLORS["devices"])
    left = 0.0
    for state, (color, size) in STATES.items():
        part = size / PROCESSES if stage >= CUT[state] else size
        start = left + rank * part if stage >= CUT[state] else left
        frame = {"height": HEIGHT, "linewidth": 1, "edgecolor": COLORS[color]}
        ax.add_patch(Rectangle((left, rank - HEIGHT / 2), size, facecolor="none", **frame))
        ax.add_patch(Rectangle((start, rank - HEIGHT / 2), part, facecolor=COLORS[color], **frame))
        if rank == 0 and stage < 2:
            ax.text(left + size / 2, -0.42, state, ha="center", va="bottom", color=COLORS[color], fontsize=11)
        left += size + GAP
