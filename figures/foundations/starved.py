"""Loading and computing: who waits for whom, in one process, with one worker, and with two."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

BATCHES = 5
LOAD, STEP = 3, 2  # time that a batch takes to load, and the model to compute on it


PANELS = {
    0: "Same process: the times add up",
    1: "One worker: the slower side sets the pace",
    2: "Two workers: batches wait, the model does not",
}


@dataclass(frozen=True)
class Batch:
    """When one batch is loaded and computed on, and by which worker it is loaded."""

    worker: int
    load: int
    ready: int
    step: int
    done: int


def draw() -> Figure:
    """Draw one panel a way of loading, all on the same axis of time."""
    use_book_style()
    fig, axes = plt.subplots(3, figsize=(5.6, 5.4), sharex=True, height_ratios=[2.4, 2.4, 5.4])
    for ax, (workers, title) in zip(axes, PANELS.items(), strict=True):
        _draw_panel(ax, workers)
        ax.set_title(title, weight="bold")
    arrow = {"arrowstyle": "-|>", "color": COLORS["muted"]}
    axes[-1].annotate("", (1, 0), (0, 0), xycoords="axes fraction", arrowprops=arrow)
    axes[-1].set_xlabel("time", loc="right")
    return fig


def schedule(workers: int) -> list[Batch]:
    """Return the times of all batches, the workers taking turns; no worker means the model's own process."""
    batches: list[Batch] = []
    for i in range(BATCHES):
        worker = i % max(workers, 1)
        worker_free = max((batch.ready for batch in batches if batch.worker == worker), default=0)
        model_free = max((batch.done for batch in batches), default=0)
        load = worker_free if workers else model_free
        step = max(load + LOAD, model_free)
        batches.append(Batch(worker, load, load + LOAD, step, step + STEP))
    return batches


def _draw_panel(ax: Axes, workers: int) -> None:
    loaders = {0: ["loading"], 1: ["worker"]}.get(workers, [f"worker {i + 1}" for i in range(workers)])
    lanes = workers if workers > 1 else 0  # of the queue: one a worker
    _draw_batches(ax, schedule(workers), lanes)
    ax.set(xlim=(0, BATCHES * (LOAD + STEP) + 2.5), ylim=(lanes + len(loaders) + 0.9, -0.5), xticks=[])
    ax.set_yticks([0, *range(1 + lanes, 1 + lanes + len(loaders))], ["model", *loaders])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    if lanes:
        ax.text(-0.45, (1 + lanes) / 2, "queue", ha="right", va="center", fontsize=11)


def _draw_batches(ax: Axes, batches: list[Batch], lanes: int) -> None:
    free = 0
    for number, batch in enumerate(batches, 1):
        gap = batch.step - free
        _bar(ax, 0, (free, batch.step), "waits" if gap >= LOAD else "", "bad", waiting=True)
        _bar(ax, 0, (batch.step, batch.done), f"{number}", "activations")
        _bar(ax, 1 + lanes + batch.worker, (batch.load, batch.ready), f"{number}", "data")
        if lanes:
            _bar(ax, 1 + batch.worker, (batch.ready, batch.step), f"{number}", "data", waiting=True)
        free = batch.done
    ax.text(free + 0.3, 0, "done", va="center")


def _bar(ax: Axes, row: int, span: tuple[int, int], text: str, color: str, waiting: bool = False) -> None:
    start, end = span
    if start == end:
        return
    box = Rectangle((start + 0.06, row - 0.38), end - start - 0.12, 0.76, edgecolor=COLORS[color], linewidth=1.4)
    box.set(facecolor="none" if waiting else (COLORS[color], 0.3), linestyle="--" if waiting else "-")
    ax.add_patch(box)
    ink = COLORS["bad" if color == "bad" else "ink"]
    ax.text((start + end) / 2, row, text, color=ink, ha="center", va="center", fontsize=11)
