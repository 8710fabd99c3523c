"""Latency against load: the queueing curve, and requests simulated one by one that scatter round it."""

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

LOADS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.86, 0.91])
CEILING = 16.0


def draw() -> Figure:
    use_book_style()
    rng = np.random.default_rng(0)
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0.1, 0.13, 0.86, 0.84), xlim=(0, 1.04), ylim=(0, CEILING))
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.set_xlabel("load", labelpad=3)
    ax.set_ylabel("latency", labelpad=3)
    ax.axvline(1, color=COLORS["bad"], linewidth=1.5, linestyle=(0, (4, 3)))
    for load in LOADS:
        latency = simulate(load, rng)
        shown = rng.choice(latency, 26)
        ax.plot(load + rng.uniform(-0.016, 0.016, 26), shown, "o", color=COLORS["data"], alpha=0.4, markersize=2.6,
                markeredgewidth=0)  # fmt: skip
        ax.plot(load, latency.mean(), "o", color=COLORS["data"], markersize=6)
    curve = np.linspace(0.02, 1 - 1 / CEILING, 60)
    ax.plot(curve, 1 / (1 - curve), color=COLORS["devices"], linewidth=2.2)
    return fig


def simulate(load: float, rng: np.random.Generator, requests: int = 40_000) -> np.ndarray:
    """Return each request's latency, in mean service times, at one server fed at random (M/M/1)."""
    gaps = rng.exponential(1 / load, requests)
    work = rng.exponential(1.0, requests)
    drift = np.concatenate([[0.0], np.cumsum(work[:-1] - gaps[1:])])
    return drift - np.minimum.accumulate(drift) + work  # Lindley's recursion, unrolled
