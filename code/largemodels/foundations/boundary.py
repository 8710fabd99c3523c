"""Pictures of a classifier in the plane: its regions, and the points that it should put into them."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from largemodels.core.plot import COLORS

CLASS_COLORS = [COLORS["data"], COLORS["data2"], COLORS["data3"]]
REGION_COLORS = [COLORS["region"], COLORS["region2"], COLORS["region3"]]
CLASS_MARKERS = ["o", "s", "^"]  # so that no class is told by color alone


def draw_points(ax: Axes, points: np.ndarray, labels: np.ndarray, size: float = 16) -> None:
    """Draw points (n, 2), each class with its own color and marker."""
    for k in np.unique(labels):
        x, y = points[labels == k].T
        ax.scatter(x, y, s=size, color=CLASS_COLORS[k], marker=CLASS_MARKERS[k], linewidths=0, zorder=2)


def draw_regions(
    ax: Axes,
    scores: Callable[[np.ndarray], np.ndarray],
    extent: tuple[float, float, float, float],
    resolution: int = 160,
) -> None:
    """Tint the part of the plane that each class wins, and draw the boundaries.

    `scores` maps points (n, 2) to scores (n, k) and is asked at resolution**2 points; `extent` is (left, right,
    bottom, top).
    """
    left, right, bottom, top = extent
    xs, ys = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    grid = scores(np.stack([xs.ravel(), ys.ravel()], axis=1))  # (n, k)
    for k in range(grid.shape[1]):
        margin = grid[:, k] - np.delete(grid, k, axis=1).max(axis=1)  # > 0 where class k wins
        margin = margin.reshape(xs.shape)
        ax.contourf(xs, ys, margin, levels=[0, np.inf], colors=[REGION_COLORS[k]])
        ax.contour(xs, ys, margin, levels=[0], colors=[COLORS["ink"]], linewidths=0.8)
    ax.set(xlim=(left, right), ylim=(bottom, top))
