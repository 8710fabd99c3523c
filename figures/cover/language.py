"""Causal attention over the letters of a word, by a head that looks for what followed the same letter."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

WORD = "abracadabra"


def draw() -> Figure:
    use_book_style()
    weights = attention(WORD, np.random.default_rng(2))
    size = len(WORD)
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-1.4, size + 2.8), ylim=(size + 0.2, -0.2))
    ax.set_axis_off()
    for query in range(size):
        for key in range(query + 1):
            box = Rectangle((key + 0.06, query + 0.06), 0.88, 0.88, linewidth=0)
            box.set(facecolor=COLORS["activations"], alpha=0.1 + 0.9 * weights[query, key])
            ax.add_patch(box)
        ax.text(query + 1.5, query + 0.55, WORD[query], color=COLORS["data"], fontsize=11, weight="bold",
                ha="center", va="center")  # fmt: skip
    return fig


def attention(word: str, rng: np.random.Generator) -> np.ndarray:
    """Return the weights (query, key) of an induction head: row i attends to what came after letter i before."""
    letters = sorted(set(word))
    embedding = rng.normal(size=(len(letters), 24)) / np.sqrt(24)  # (letters, d)
    queries = embedding[[letters.index(letter) for letter in word]]  # (time, d)
    keys = np.vstack([np.zeros(24), queries[:-1]])  # each place announces the letter before it
    scores = 4.5 * queries @ keys.T
    scores[np.triu_indices(len(word), k=1)] = -np.inf  # no place sees a later one
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
