"""One threshold, two groups: the same cut turns away far more of the deserving in one group than the other."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

THRESHOLD = 0.2
SPREAD = 0.9
GROUPS = {"data": (-1.2, 1.6), "data2": (-1.9, 0.7)}  # mean score of those who fail, of those who succeed


def draw() -> Figure:
    use_book_style()
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    for place, (name, means) in enumerate(GROUPS.items()):
        ax = fig.add_axes((0.03, 0.52 - 0.49 * place, 0.94, 0.45), xlim=(-4.3, 4.3), ylim=(0, 1.12))
        ax.set_axis_off()
        draw_group(ax, name, *means)
    return fig


def draw_group(ax: Axes, name: str, failing: float, succeeding: float) -> None:
    score = np.linspace(-4.3, 4.3, 173)
    out = score <= THRESHOLD
    below, above = bell(score, failing), bell(score, succeeding)
    ax.fill_between(score, below, color=COLORS["muted"], alpha=0.22, linewidth=0)
    ax.plot(score, below, color=COLORS["muted"], linewidth=1.4)
    ax.fill_between(score, above, color=COLORS[name], alpha=0.25, linewidth=0)
    ax.fill_between(score[out], above[out], color=COLORS["bad"], alpha=0.85, linewidth=0)
    ax.plot(score, above, color=COLORS[name], linewidth=2)
    ax.axhline(0, color=COLORS["ink"], linewidth=1.5)
    ax.axvline(THRESHOLD, color=COLORS["ink"], linewidth=1.5, linestyle=(0, (4, 3)))
    step = score[1] - score[0]
    share = above[out].sum() * step / (above.sum() * step)
    ax.text(-4.2, 0.72, f"{share:.0%}", color=COLORS["bad"], fontsize=14, weight="bold")


def bell(score: np.ndarray, mean: float) -> np.ndarray:
    return np.exp(-((score - mean) ** 2) / (2 * SPREAD**2))
