"""Strides: six numbers that stay where they are, and three walks over them that give three tables."""

from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style
from largemodels.foundations.strided import Strided

STORAGE = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
FOLLOWED = 30  # the number that is marked wherever it shows up
TABLE = 7.0  # where the tables begin; the places in memory are columns 0 to 5
GAP = 2.1  # from the last line of a walk to the next walk's first


def draw() -> Figure:
    """Draw the row of memory on top, and below it each view: its walk at the left, what it reads at the right."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(5.6, 5.9))
    _draw_memory(ax)
    y = 2.6
    for name, view in views().items():
        _draw_view(ax, y, name, view)
        y += view.shape[0] - 1 + GAP
    ax.text(2.35, 2.6, "next column", color=COLORS["data"], va="center", fontsize=11)
    ax.text(1.5, 3.6, "next row", color=COLORS["data2"], ha="right", va="center", fontsize=11)
    ax.set(xlim=(-0.6, TABLE + 2.6), ylim=(y - GAP + 0.6, -1.3))
    ax.axis("off")
    return fig


def views() -> dict[str, Strided]:
    """Return three views of the same storage."""
    table = Strided.of(STORAGE, (2, 3))
    return {
        "a table": table,
        "its transpose": table.transpose(0, 1),
        "windows of 3": Strided.of(STORAGE, (6,)).windows(3),
    }


def places(view: Strided) -> list[list[int]]:
    """Return where in memory each row of a view reads: the view itself, over a storage of addresses."""
    return Strided(list(range(len(view.storage))), view.shape, view.strides, view.offset).tolist()


def _draw_memory(ax: Axes) -> None:
    for place, number in enumerate(STORAGE):
        _cell(ax, place, 0, number)
        ax.text(place, -0.8, str(place), color=COLORS["muted"], ha="center", va="center")
    ax.text(TABLE - 0.5, -0.8, "address", color=COLORS["muted"], va="center")
    ax.text(TABLE - 0.5, 0, "memory", weight="bold", va="center")


def _draw_view(ax: Axes, y: float, name: str, view: Strided) -> None:
    _draw_heading(ax, y - 0.7, name, view)
    ax.vlines(range(len(STORAGE)), y - 0.45, y + view.shape[0] - 0.55, color=COLORS["grid"], linewidth=1, zorder=0)
    rows = places(view)
    for i, (row, numbers) in enumerate(zip(rows, view.tolist(), strict=True)):
        ax.scatter(row, [y + i] * len(row), s=42, color=COLORS["data"], zorder=3)
        for start, end in pairwise(row):
            _arrow(ax, (start, y + i), (end, y + i), "data", "-")
        if i:
            _arrow(ax, (rows[i - 1][0], y + i - 1), (row[0], y + i), "data2", (0, (3, 2)))
        for j, number in enumerate(numbers):
            _cell(ax, TABLE + j, y + i, number)


def _draw_heading(ax: Axes, y: float, name: str, view: Strided) -> None:
    """Write shape and strides, each stride in the color of its arrows."""
    down, across = (str(step) for step in view.strides)
    ax.text(-0.5, y, name, weight="bold", va="bottom")
    words = [(f"shape {view.shape}, strides (", "ink"), (down, "data2"), (", ", "ink"), (across, "data"), (")", "ink")]
    text = ax.text(2.65, y, "", va="bottom")
    for word, color in words:
        weight = "normal" if color == "ink" else "bold"
        text = ax.annotate(word, (1, 0), xycoords=text, va="bottom", color=COLORS[color], weight=weight)


def _cell(ax: Axes, x: float, y: float, number: float) -> None:
    followed = number == FOLLOWED
    face, edge = ("region", "data") if followed else ("paper", "muted")
    box = Rectangle((x - 0.5, y - 0.42), 1, 0.84, facecolor=COLORS[face], edgecolor=COLORS[edge], linewidth=1)
    box.set_zorder(2.5 if followed else 2)
    ax.add_patch(box)
    ax.text(x, y, f"{number:g}", ha="center", va="center", weight="bold" if followed else "normal", zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str, line: object) -> None:
    style = {"arrowstyle": "-|>", "shrinkA": 4, "shrinkB": 4, "linewidth": 1.6, "linestyle": line}
    ax.annotate("", end, start, arrowprops=style | {"color": COLORS[color]})
