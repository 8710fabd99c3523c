"""Forward mode against reverse mode: the same graph, swept once an input or once in all."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

# Four inputs meet in three steps in one output: (column, row) of each node, and the edges between them.
NODES = [(0, 3), (0, 2), (0, 1), (0, 0), (1, 2.5), (1, 0.5), (2, 1.5)]
EDGES = [(0, 4), (1, 4), (2, 5), (3, 5), (4, 6), (5, 6)]
INPUTS = 4


def draw() -> Figure:
    """Draw the sweeps of forward mode, one small graph an input, above the one sweep of reverse mode."""
    use_book_style()
    fig, axes = plt.subplots(2, INPUTS, figsize=(5.8, 4.2))
    for i, ax in enumerate(axes[0]):
        _graph(ax, crossed=_onward(i), color="activations", forward=True)
        ax.set_title(f"input {i + 1}", fontsize=11, loc="center")
    for ax in axes[1, 1:]:
        ax.remove()
    _graph(axes[1, 0], crossed=set(range(len(EDGES))), color="gradients", forward=False)
    axes[1, 0].set_title("all inputs", fontsize=11, loc="center")
    fig.text(
        0.29, 0.35, f"Forward mode, above: {INPUTS} sweeps.", color=COLORS["activations"], weight="bold", va="center"
    )
    fig.text(0.29, 0.28, "One for each input, towards the output.", va="center")
    fig.text(0.29, 0.16, "Reverse mode: 1 sweep.", color=COLORS["gradients"], weight="bold", va="center")
    fig.text(0.29, 0.09, "From the output, to all inputs.", va="center")
    return fig


def _onward(node: int) -> set[int]:
    """Return the edges on the way from a node to the output."""
    out = {i for i, (start, _) in enumerate(EDGES) if start == node}
    return out.union(*(_onward(EDGES[i][1]) for i in out)) if out else set()


def _graph(ax: Axes, crossed: set[int], color: str, forward: bool) -> None:
    for i, (start, end) in enumerate(EDGES):
        a, b = (NODES[start], NODES[end]) if forward else (NODES[end], NODES[start])
        style = {"arrowstyle": "-|>" if i in crossed else "-", "shrinkA": 6, "shrinkB": 6}
        style |= {"color": COLORS[color if i in crossed else "grid"], "linewidth": 2 if i in crossed else 1.2}
        ax.annotate("", b, a, arrowprops=style)
    x, y = zip(*NODES, strict=True)
    ax.scatter(x, y, s=70, color=COLORS["paper"], edgecolors=COLORS["ink"], linewidths=1.2, zorder=3)
    ax.set(xlim=(-0.3, 2.3), ylim=(-0.5, 3.5), xticks=[], yticks=[])
    ax.axis("off")
