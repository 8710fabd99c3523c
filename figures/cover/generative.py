"""Noise becomes a knot: reverse diffusion with the exact score of a trefoil's points, at four moments."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from largemodels.core.plot import COLORS, use_book_style

MOMENTS = (0, 23, 33, 60)
LEVELS = np.geomspace(2.5, 0.03, MOMENTS[-1] + 1)  # standard deviation of the noise at each step


def draw() -> Figure:
    use_book_style()
    knot = trefoil(300)
    path = denoise(knot, np.random.default_rng(7).normal(size=(190, 2)))
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    for place, moment in enumerate(MOMENTS):
        corner = (0.5 * (place % 2), 0.5 - 0.5 * (place // 2))
        ax = fig.add_axes((*corner, 0.5, 0.5), aspect="equal", xlim=(-2.8, 2.8), ylim=(-2.1, 2.1))
        ax.set_axis_off()
        draw_dots(ax, path[moment] / np.hypot(LEVELS[moment], knot.std()))
    return fig


def draw_dots(ax: Axes, points: np.ndarray) -> None:
    """Draw round-capped lines of no length in one path: a quarter of the file that markers make."""
    path = Path(points.repeat(2, axis=0), [Path.MOVETO, Path.LINETO] * len(points))
    path.should_simplify = False  # it would drop the dots
    ax.add_patch(PathPatch(path, fill=False, capstyle="round", color=COLORS["data"], linewidth=2.8))


def trefoil(count: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.sin(angle) + 2 * np.sin(2 * angle), np.cos(angle) - 2 * np.cos(2 * angle)])


def denoise(knot: np.ndarray, noise: np.ndarray) -> list[np.ndarray]:
    """Follow the probability-flow equation from wide noise down to the knot; return every step's points."""
    path = [np.hypot(LEVELS[0], knot.std()) * noise]
    for level, lower in pairwise(LEVELS):
        offsets = knot - path[-1][:, None]  # (points, knot, 2)
        energy = (offsets**2).sum(axis=-1) / (2 * level**2)
        odds = np.exp(energy.min(axis=1, keepdims=True) - energy)
        odds /= odds.sum(axis=1, keepdims=True)
        score = (odds[..., None] * offsets).sum(axis=1) / level**2
        path.append(path[-1] + level * (level - lower) * score)
    return path
