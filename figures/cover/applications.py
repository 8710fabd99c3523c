"""A chain folds: beads that shun water end up inside, found by annealing a walk that never crosses itself."""

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

CHAIN = "HHPPHPPHPPHPPHHHHPPHPPHPPHPPHPPHHHPH"
TURNS = (np.array([[0, -1], [1, 0]]), np.array([[0, 1], [-1, 0]]), np.array([[-1, 0], [0, -1]]))
SHUN = np.array([kind == "H" for kind in CHAIN])


def draw() -> Figure:
    use_book_style()
    chain = fold(np.random.default_rng(11), trials=7000)
    middle = (chain.min(axis=0) + chain.max(axis=0)) / 2
    chain = chain - middle
    reach = max(np.abs(chain[:, 0]).max() / 4 * 3, np.abs(chain[:, 1]).max()) + 0.6
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-reach * 4 / 3, reach * 4 / 3), ylim=(-reach, reach))
    ax.set_axis_off()
    for first, second in contacts(chain):
        ax.plot(*chain[[first, second]].T, color=COLORS["data2"], linewidth=1.6, linestyle=(0, (1, 1.4)))
    ax.plot(*chain.T, color=COLORS["muted"], linewidth=2.6, solid_joinstyle="round")
    ax.plot(*chain[~SHUN].T, "o", color=COLORS["data"], markersize=8, markeredgewidth=0)
    ax.plot(*chain[SHUN].T, "o", color=COLORS["data2"], markersize=11, markeredgewidth=0)
    return fig


def contacts(chain: np.ndarray) -> list[tuple[int, int]]:
    """List the pairs of water-shunning beads that touch without being neighbors along the chain."""
    apart = np.abs(chain[:, None] - chain[None]).sum(axis=-1)
    touch = np.triu(np.isclose(apart, 1) & SHUN[:, None] & SHUN[None], k=2)
    return [(int(first), int(second)) for first, second in np.argwhere(touch)]


def fold(rng: np.random.Generator, trials: int) -> np.ndarray:
    """Anneal by pivots: swing one end of the chain about a bead, keep it if the energy allows."""
    chain = np.column_stack([np.arange(len(CHAIN)), np.zeros(len(CHAIN), dtype=int)])
    best, energy, least = chain, 0, 0
    for heat in np.geomspace(1.2, 0.16, trials):
        pivot = int(rng.integers(1, len(CHAIN) - 1))
        moved = chain.copy()
        moved[pivot + 1 :] = chain[pivot] + (chain[pivot + 1 :] - chain[pivot]) @ TURNS[rng.integers(3)]
        if len({(x, y) for x, y in moved.tolist()}) < len(CHAIN):
            continue
        change = -len(contacts(moved)) - energy
        if rng.random() < np.exp(-max(change, 0) / heat):
            chain, energy = moved, energy + change
        if energy < least:
            best, least = chain, energy
    return best
