"""Timelines of pipelines: a row for each process, a block for each action."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS
from largemodels.scaling.schedules import Slot, processes

LOOKS = {"F": "data", "B": "gradients", "W": "good"}
NAMES = {"F": "forward", "B": "backward", "W": "weights"}
HEIGHT = 0.84  # of a block, where rows are 1 apart
FAINTEST = 0.4  # of a process's last chunk
SIZE = 11  # of numbers, in points
DIGIT = 0.75  # how wide one is, with some air, as a share of its size


def draw(ax: Axes, slots: Sequence[Slot], end: float | None = None) -> None:
    """Draw what was simulated, or recorded, with the number of each micro-batch.

    Fainter blocks are of a process's later chunks. Numbers that don't fit are left out.
    The axis ends with the last action or at `end`, for timelines under each other.
    """
    P, end = processes(slots), end or max(slot.end for slot in slots)
    ax.set(xlim=(0, end), ylim=(P - 0.5, -0.5), ylabel="process")
    ax.set_yticks(range(P), [str(rank) for rank in range(P)])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    unit = points_across(ax) / end
    chunks = 1 + max(slot.stage for slot in slots) // P
    for slot in slots:
        fade = slot.stage // P / max(chunks - 1, 1)
        fits = unit * (slot.end - slot.start) >= SIZE * DIGIT * len(str(slot.micro))
        block(ax, slot, alpha=1 - (1 - FAINTEST) * fade, numbered=fits)


def points_across(ax: Axes) -> float:
    """Return how wide the axes will be, once their labels have found their places."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    return 72 * ax.get_window_extent().width / figure.dpi


def block(ax: Axes, slot: Slot, alpha: float, numbered: bool) -> None:
    """Draw an action, framed in the page's color so that neighbors stay apart."""
    color, width = COLORS[LOOKS[slot.kind]], slot.end - slot.start
    frame = {"facecolor": "none", "edgecolor": COLORS["paper"], "linewidth": 0.8}
    for look in ({"color": color, "alpha": alpha, "linewidth": 0}, frame):
        corner = (slot.start, slot.rank - HEIGHT / 2)
        ax.add_patch(Rectangle(corner, width, HEIGHT, **look))  # type: ignore[arg-type]
    if numbered:
        x, ink = slot.start + width / 2, COLORS["paper" if alpha > 0.6 else "ink"]
        number = ax.text(x, slot.rank, str(slot.micro), color=ink, fontsize=SIZE)
        number.set(ha="center", va="center_baseline")


def name(ax: Axes, slots: Sequence[Slot]) -> None:
    """Write above the first row what its colors are, where each of them begins.

    The weights' gradients have their name at the right end instead.
    """
    row = [slot for slot in slots if slot.rank == 0]
    for kind in sorted({slot.kind for slot in row}):
        own = [slot for slot in row if slot.kind == kind]
        first, last = min(slot.start for slot in own), max(slot.end for slot in own)
        text = ax.text(first, -0.5, NAMES[kind], color=COLORS[LOOKS[kind]], va="bottom")
        if kind == "W":
            text.set(x=last, ha="right")
