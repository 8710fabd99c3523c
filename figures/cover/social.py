"""The image that a shared link shows: the title over a loss landscape and the paths that descend it."""

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

# x, y, height, width of each hill or hollow
HILLS = np.array([[8.3, 4.9, 1.5, 1.2], [10.7, 1.3, 1.4, 1.3], [9.5, 3.1, -1.9, 1.1], [11.2, 5.2, -1.2, 0.9],
                  [8.0, 0.9, -1.1, 1.0], [3.4, 6.3, 0.9, 1.6], [1.0, 0.3, 0.8, 1.5]])  # fmt: skip
STARTS = np.array([[8.15, 4.6], [10.2, 1.1], [8.7, 5.3], [10.95, 1.65], [10.5, 0.75]])


def draw() -> Figure:
    use_book_style()
    fig = Figure(figsize=(12, 6.3), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(0, 12), ylim=(0, 6.3))
    ax.set_axis_off()
    x, y = np.meshgrid(np.linspace(0, 12, 121), np.linspace(0, 6.3, 64))
    height, _ = landscape(np.stack([x, y], axis=-1))
    ax.contour(x, y, height, levels=np.arange(-1.95, 2, 0.2), colors=[COLORS["parameters"]], linewidths=1.2,
               linestyles="solid", alpha=0.4)  # fmt: skip
    for start in STARTS:
        path = descend(start, steps=160)
        ax.plot(*path.T, color=COLORS["gradients"], linewidth=3.5, solid_capstyle="round")
        ax.plot(*path[0], "o", color=COLORS["data"], markersize=13)
        ax.plot(*path[-1], "o", color=COLORS["good"], markersize=16)
    ax.text(0.75, 3.75, "Large AI Models", fontsize=52, weight="bold", va="center")
    ax.text(0.8, 2.75, "From backpropagation to production", fontsize=23, va="center")
    ax.text(0.8, 2.15, "An executable course", fontsize=23, va="center", color=COLORS["muted"])
    return fig


def landscape(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the height and slope at points (..., 2) of a sum of round hills and hollows."""
    offset = point[..., None, :] - HILLS[:, :2]  # (..., hills, 2)
    bump = HILLS[:, 2] * np.exp(-(offset**2).sum(axis=-1) / (2 * HILLS[:, 3] ** 2))
    slope = -(bump / HILLS[:, 3] ** 2)[..., None] * offset
    return bump.sum(axis=-1), slope.sum(axis=-2)


def descend(start: np.ndarray, steps: int) -> np.ndarray:
    path, speed = [start], np.zeros(2)
    for _ in range(steps):
        speed = 0.88 * speed - 0.02 * landscape(path[-1])[1]
        path.append(path[-1] + speed)
    return np.array(path)
