"""Noise becomes a knot: reverse diffusion with the exact score of a trefoil's points, at four moments."""

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

MOMENTS = (0, 18, 26, 48)


def draw() -> Figure:
    use_book_style()
    path = denoise(np.random.default_rng(7).normal(size=(115, 2)), steps=MOMENTS[-1])
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    for place, moment in enumerate(MOMENTS):
        left, bottom = 0.5 * (place % 2), 0.5 - 0.5 * (place // 2)
        ax = fig.add_axes((left, bottom, 0.5, 0.5), aspect="equal", xlim=(-2.4, 2.4), ylim=(-1.8, 1.8))
        ax.set_axis_off()
        before = path[max(moment - 3, 0)]
        ax.plot(*np.stack([before, path[moment]]).transpose(2, 0, 1), color=COLORS["gradients"], linewidth=0.8,
                alpha=0.55)  # fmt: skip
        ax.plot(*path[moment].T, "o", color=COLORS["data"], markersize=2.8, markeredgewidth=0)
    return fig


def trefoil(count: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    knot = np.column_stack([np.sin(angle) + 2 * np.sin(2 * angle), np.cos(angle) - 2 * np.cos(2 * angle)])
    return 0.55 * knot


def denoise(noise: np.ndarray, steps: int) -> list[np.ndarray]:
    """Follow the probability-flow equation from wide noise down to the knot; return every step's points."""
    knot = trefoil(300)
    levels = np.geomspace(1.6, 0.04, steps + 1)
    path = [1.1 * noise]
    for level, lower in zip(levels, levels[1:], strict=False):
        points = path[-1]
        offsets = knot - points[:, None]  # (points, knot, 2)
        odds = np.exp(-(offsets**2).sum(axis=-1) / (2 * level**2)) + 1e-300
        odds /= odds.sum(axis=1, keepdims=True)
        score = (odds[..., None] * offsets).sum(axis=1) / level**2
        path.append(points + level * (level - lower) * score)
    return path
