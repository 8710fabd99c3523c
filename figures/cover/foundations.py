"""Three spiral arms and the regions that a small network, trained here, gives to each."""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

ARMS = {"data": "region", "data2": "region2", "data3": "region3"}


def draw() -> Figure:
    use_book_style()
    points, labels = spiral(np.random.default_rng(4), per_arm=46)
    layers = train(points, labels, np.random.default_rng(1), steps=900)
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.2, 1.2))
    ax.set_axis_off()
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, 97), np.linspace(-1.2, 1.2, 73))
    scores = forward(layers, np.column_stack([x.ravel(), y.ravel()]))[-1].reshape(*x.shape, 3)
    for arm, (name, region) in enumerate(ARMS.items()):
        margin = scores[..., arm] - np.delete(scores, arm, axis=-1).max(axis=-1)
        ax.contourf(x, y, margin, levels=[0, margin.max() + 1], colors=[COLORS[region]])
        ax.contour(x, y, margin, levels=[0], colors=[COLORS["parameters"]], linewidths=1.2)
        ax.plot(*points[labels == arm].T, "o", color=COLORS[name], markersize=3.6, markeredgewidth=0)
    return fig


def spiral(rng: np.random.Generator, per_arm: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat(np.arange(3), per_arm)
    radius = np.tile(np.linspace(0.08, 1.1, per_arm), 3)
    angle = 4.3 * radius + labels * 2 * np.pi / 3 + rng.normal(0, 0.1, 3 * per_arm)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def forward(layers: list[np.ndarray], points: np.ndarray) -> list[np.ndarray]:
    values = [points]
    for depth, weights in enumerate(layers):
        out = with_ones(values[-1]) @ weights
        values.append(out if depth == len(layers) - 1 else np.tanh(out))
    return values


def with_ones(values: np.ndarray) -> np.ndarray:
    return np.column_stack([values, np.ones(len(values))])


def train(points: np.ndarray, labels: np.ndarray, rng: np.random.Generator, steps: int) -> list[np.ndarray]:
    sizes = [2, 24, 24, 3]
    layers = [rng.normal(0, 1.5 / np.sqrt(a), (a + 1, b)) for a, b in pairwise(sizes)]
    speed = [np.zeros_like(weights) for weights in layers]
    for _ in range(steps):
        for weights, velocity, slope in zip(layers, speed, gradients(layers, points, labels), strict=True):
            velocity *= 0.9
            velocity -= 0.12 * slope
            weights += velocity
    return layers


def gradients(layers: list[np.ndarray], points: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    values = forward(layers, points)
    odds = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
    signal = (odds / odds.sum(axis=1, keepdims=True) - np.eye(3)[labels]) / len(labels)
    slopes = []
    for weights, value in zip(reversed(layers), reversed(values[:-1]), strict=True):
        slopes.append(with_ones(value).T @ signal)
        signal = signal @ weights[:-1].T * (1 - value**2)
    return slopes[::-1]
