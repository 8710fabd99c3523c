"""A chain folds: beads that shun water end up inside, found by annealing a walk that never crosses itself."""

import numpy as np
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

CHAIN = "HHPPHPPHPPHPPHHHHPPHPPHPPHPPHPPHHHPH"
TURNS = (np.array([[0, -1], [1, 0]]), np.array([[0, 1], [-1, 0]]), np.array([[-1, 0], [0, -1]]))
SHUN = np.array([kind == "H" for kind in CHAIN])


def draw() -> Figure:
    use_book_style()
    chain = fold(np.random.default_rng(1), trials=7000)
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
    """Anneal from a straight chain: keep a move if it gains contacts, or by chance while it is warm."""
    chain = best = np.column_stack([np.arange(len(CHAIN)), np.zeros(len(CHAIN), dtype=int)])
    gained = most = 0
    for heat in np.geomspace(1.0, 0.2, trials):
        bead = int(rng.integers(1, len(CHAIN) - 1))
        moved = swing(chain, bead, int(rng.integers(3))) if rng.random() < 0.3 else flip(chain, bead)
        if len({(x, y) for x, y in moved.tolist()}) < len(CHAIN):
            continue
        change = len(contacts(moved)) - gained
        if rng.random() < np.exp(min(change, 0) / heat):
            chain, gained = moved, gained + change
        if gained > most:
            best, most = chain, gained
    return best


def swing(chain: np.ndarray, pivot: int, turn: int) -> np.ndarray:
    """Turn all that follows the pivot about it."""
    turned = chain[pivot] + (chain[pivot:] - chain[pivot]) @ TURNS[turn]
    return np.vstack([chain[:pivot], turned])


def flip(chain: np.ndarray, bead: int) -> np.ndarray:
    """Move a corner bead to the other side of its two neighbors; a bead on a straight stretch stays."""
    moved = chain.copy()
    moved[bead] = chain[bead - 1] + chain[bead + 1] - chain[bead]
    return moved
