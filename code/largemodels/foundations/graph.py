"""Draw the graph of a small scalar expression: values, slopes on the edges, gradients."""

from collections import defaultdict
from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS
from largemodels.foundations.engine import Value, topological_order

Positions = dict[Value, tuple[float, float]]


def draw_graph(root: Value, names: Mapping[Value, str]) -> Figure:
    """Draw all that `root` depends on, left to right: each node's value above and gradient below, each edge's slope."""
    nodes = list(topological_order(root))
    at = _positions(nodes)
    columns, rows = (1 + max(p[i] for p in at.values()) for i in (0, 1))
    fig, ax = plt.subplots(figsize=(1.05 * columns + 0.5, 1.25 * rows + 0.2))
    for node in nodes:
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            _draw_edge(ax, at[parent], at[node], f"{slope:.3g}")
        _draw_node(ax, at[node], node, names.get(node, node.op or f"{node.data:g}"))
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(-0.65, rows - 0.35))
    ax.axis("off")
    return fig


def _positions(nodes: list[Value]) -> Positions:
    """Put each node one column left of the first that uses it, and rows so that edges stay short."""
    column = {nodes[-1]: 0}
    for node in reversed(nodes):
        for parent in node.parents:
            column[parent] = min(column.get(parent, 0), column[node] - 1)
    left = min(column.values())
    members: dict[int, list[Value]] = defaultdict(list)
    for node in nodes:
        members[column[node] - left].append(node)
    rows = max(map(len, members.values()))
    at: Positions = {}
    for x in sorted(members, reverse=True):  # from the root leftwards: a node is near those that use it
        for i, node in enumerate(sorted(members[x], key=lambda n: _mean_row(n, nodes, at), reverse=True)):
            at[node] = (x, (rows - 1) / 2 + (len(members[x]) - 1) / 2 - i)
    return at


def _mean_row(node: Value, nodes: list[Value], at: Positions) -> float:
    users = [at[user][1] for user in nodes if node in user.parents]
    return sum(users) / len(users) if users else 0.0


def _draw_edge(ax: Axes, start: tuple[float, float], end: tuple[float, float], slope: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": COLORS["muted"], "shrinkA": 15, "shrinkB": 15, "linewidth": 1}
    ax.annotate("", end, start, arrowprops=arrow)
    x, y = (0.55 * s + 0.45 * e for s, e in zip(start, end, strict=True))
    box = {"boxstyle": "round,pad=0.12", "facecolor": COLORS["paper"], "edgecolor": "none"}
    ax.text(x, y, slope, color=COLORS["muted"], fontsize=10, ha="center", va="center", bbox=box)


def _draw_node(ax: Axes, at: tuple[float, float], node: Value, name: str) -> None:
    color = COLORS["ink"] if node.parents else COLORS["parameters"]
    circle = {"boxstyle": "circle,pad=0.32", "facecolor": COLORS["paper"], "edgecolor": color}
    size = 12 if len(name) < 4 else 8.5  # so that all circles are of a size
    ax.text(*at, name, ha="center", va="center", bbox=circle, color=color, fontsize=size)
    ax.text(
        at[0], at[1] + 0.3, f"{node.data:.4g}", color=COLORS["activations"], ha="center", va="center", weight="bold"
    )
    ax.text(at[0], at[1] - 0.3, f"{node.grad:.4g}", color=COLORS["gradients"], ha="center", va="center", weight="bold")
