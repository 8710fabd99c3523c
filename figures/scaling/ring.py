"""An all-reduce on a ring of four processes: which pieces each of them has summed, round by round."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

P = 4  # processes, and pieces
Terms = list[list[frozenset[int]]]  # whose numbers are in which piece of which process


def draw() -> Figure:
    """Draw what each process has before the first round and after each of the six."""
    use_book_style()
    fig, axes = plt.subplots(1, 2 * P - 1, figsize=(6.2, 2.9))
    for number, (ax, terms) in enumerate(zip(axes, rounds(), strict=True)):
        _draw_state(ax, terms)
        ax.set_title("start" if number == 0 else f"{number}", loc="center", fontsize=12)
        ax.set(xlim=(-0.1, P + 0.1), ylim=(P + 0.05, -0.1), xticks=[], yticks=[])
        ax.axis("off")
    for rank in range(P):
        axes[0].text(-0.5, rank + 0.5, str(rank), ha="right", va="center", color=COLORS["devices"])
    fig.text(0.36, 0.02, "adding", ha="center", color=COLORS["gradients"])
    fig.text(0.79, 0.02, "copying", ha="center", color=COLORS["good"])
    fig.get_layout_engine().set(rect=(0, 0.1, 1, 0.9))  # type: ignore[union-attr]
    return fig


def rounds() -> list[Terms]:
    """Run the rounds on names of terms; return the state before, and after each."""
    terms: Terms = [[frozenset({rank})] * P for rank in range(P)]
    states = [[list(row) for row in terms]]
    for number in range(2 * P - 2):
        before = states[-1]
        after = [list(row) for row in before]
        for rank in range(P):
            piece = (rank - number) % P if number < P - 1 else (rank + 1 - (number - P + 1)) % P
            to = (rank + 1) % P
            summed = before[to][piece] | before[rank][piece]
            after[to][piece] = summed if number < P - 1 else before[rank][piece]
        states.append(after)
    return states


def _draw_state(ax: Axes, terms: Terms) -> None:
    for rank, row in enumerate(terms):
        for piece, summed in enumerate(row):
            done = len(summed) == P
            color = COLORS["good" if done else "gradients"]
            alpha = 1 if done else 0.15 + 0.22 * (len(summed) - 1)
            box = Rectangle((piece + 0.06, rank + 0.12), 0.88, 0.76, facecolor=color, alpha=alpha, linewidth=0)
            ax.add_patch(box)
