"""One-forward-one-backward: eight micro-batches through a pipeline of four devices, scheduled here."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

DEVICES, BATCHES = 4, 8
SECONDS = {"forward": 1, "backward": 2}
COLOR = {"forward": "activations", "backward": "gradients"}


def draw() -> Figure:
    use_book_style()
    ends = schedule()
    total = max(ends.values())
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), xlim=(-3.4, total + 1), ylim=(3.75, -0.75))
    ax.set_axis_off()
    for device in range(DEVICES):
        ax.add_patch(Rectangle((-2.6, device - 0.36), 1.7, 0.72, facecolor=COLORS["devices"], linewidth=0))
        ax.plot([0, total], [device, device], color=COLORS["grid"], linewidth=1.2, zorder=0.5)
    for (kind, device, batch), end in ends.items():
        start = end - SECONDS[kind]
        box = Rectangle((start + 0.08, device - 0.36), SECONDS[kind] - 0.16, 0.72, linewidth=0)
        box.set(facecolor=COLORS[COLOR[kind]], alpha=1 - 0.07 * batch)
        ax.add_patch(box)
    for kind in COLOR:
        first = [(ends[kind, device, 0] - SECONDS[kind] / 2, device) for device in range(DEVICES)]
        ax.plot(*zip(*first, strict=True), color=COLORS["ink"], linewidth=1.2, marker="o", markersize=2.5)
    return fig


def orders() -> list[list[tuple[str, int, int]]]:
    """List each device's work: it warms up, then alternates, so that few activations wait at a time."""
    lists = []
    for device in range(DEVICES):
        warm = DEVICES - device - 1
        work = [("forward", device, batch) for batch in range(warm)]
        for batch in range(BATCHES):
            if batch + warm < BATCHES:
                work.append(("forward", device, batch + warm))
            work.append(("backward", device, batch))
        lists.append(work)
    return lists


def schedule() -> dict[tuple[str, int, int], int]:
    """Return when each piece of work ends, each started once its device is free and its input has come."""
    queues, ends, free = orders(), {}, [0] * DEVICES
    while any(queues):
        for device, queue in enumerate(queues):
            while queue and (source(queue[0]) is None or source(queue[0]) in ends):
                task = queue.pop(0)
                free[device] = max(free[device], ends.get(source(task), 0)) + SECONDS[task[0]]
                ends[task] = free[device]
    return ends


def source(task: tuple[str, int, int]) -> tuple[str, int, int] | None:
    kind, device, batch = task
    if kind == "forward":
        return ("forward", device - 1, batch) if device else None
    return ("backward", device + 1, batch) if device < DEVICES - 1 else ("forward", device, batch)
