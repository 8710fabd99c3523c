"""Broadcasting: shapes aligned at the right, ones stretched, and the trap of a column minus a row."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from largemodels.core.plot import COLORS, use_book_style

A = np.array([[10], [20], [30]])  # (3, 1)
B = np.array([1, 2, 3, 4])  # (4,)
PREDICTION = np.array([[5], [3], [8], [6]])  # (4, 1), as a model with one output returns them
TARGET = np.array([4, 3, 7, 9])  # (4,), as a file of labels gives them
STEP = 5.2  # from one table to the next, in cells


def draw() -> Figure:
    """Draw the rule at a sum of (3, 1) and (4,), and below it the trap at a difference of (4, 1) and (4,)."""
    use_book_style()
    fig, ax = plt.subplots(figsize=(5.6, 6.6))
    _draw_rule(ax)
    _draw_tables(ax, 5.4, "+", {"a": A, "b": B, "a + b": A + B})
    _draw_trap(ax, 11.6)
    ax.set(xlim=(-0.15, 2 * STEP + 4.15), ylim=(16.7, -0.6), aspect="equal")
    ax.axis("off")
    return fig


def _draw_rule(ax: Axes) -> None:
    """Write the two shapes below each other, the last axes aligned, and the shape that follows."""
    result = np.broadcast_shapes(A.shape, B.shape)
    lines = [
        ("a", A.shape, "its 1 stretches to 4"),
        ("b", B.shape, "missing axis: 1, stretches to 3"),
        ("a + b", result, "both agree"),
    ]
    ax.text(0, -0.1, "Align right, then stretch", weight="bold", va="center")
    for y, (name, shape, note) in enumerate(lines, 1):
        missing = len(result) - len(shape)
        _draw_cells(ax, 2.2, y - 0.5, np.array([(1,) * missing + shape]), np.s_[:, missing:])
        ax.text(0, y, name, va="center")
        ax.text(4.6, y, note, color=COLORS["muted"], va="center", fontsize=11)


def _draw_trap(ax: Axes, y: float) -> None:
    ax.text(0, y - 1.7, "The trap: 16 results, not 4", weight="bold", color=COLORS["bad"], va="center")
    tables = {"prediction": PREDICTION, "target": TARGET, "difference": PREDICTION - TARGET}
    _draw_tables(ax, y, "−", tables)
    for i in range(len(TARGET)):
        box = Rectangle((2 * STEP + i, y + i), 1, 1, fill=False, edgecolor=COLORS["good"], linewidth=2.4, zorder=4)
        ax.add_patch(box)
    ax.text(2 * STEP + 4, y + 4.6, "framed: the 4 meant", ha="right", va="center", fontsize=11)


def _draw_tables(ax: Axes, y: float, sign: str, tables: dict[str, np.ndarray]) -> None:
    shape = np.broadcast_shapes(*(table.shape for table in tables.values()))
    for place, (name, given) in enumerate(tables.items()):
        _draw_table(ax, place * STEP, y, given, shape)
        ax.text(place * STEP, y - 0.5, f"{name} {given.shape}", va="center", fontsize=11)
    for place, mark in enumerate((sign, "=")):
        ax.text((place + 1) * STEP - 0.6, y + shape[0] / 2, mark, ha="center", va="center", fontsize=14)


def _draw_table(ax: Axes, x: float, y: float, given: np.ndarray, shape: tuple[int, ...]) -> None:
    """Draw the numbers that are there, and as ghosts those that stretching repeats."""
    rows, columns = np.atleast_2d(given).shape
    _draw_cells(ax, x, y, np.broadcast_to(given, shape), np.s_[:rows, :columns])


def _draw_cells(ax: Axes, x: float, y: float, numbers: np.ndarray, solid: tuple[slice, slice]) -> None:
    if numbers[solid].size < numbers.size:
        _draw_grid(ax, x, y, numbers.shape, "paper", "grid")
    _draw_grid(ax, x + (solid[1].start or 0), y, numbers[solid].shape, "region", "data")
    real = np.zeros(numbers.shape, dtype=bool)
    real[solid] = True
    for (i, j), number in np.ndenumerate(numbers):
        ink = COLORS["ink" if real[i, j] else "muted"]
        text = f"{number}".replace("-", "−")
        ax.text(x + j + 0.5, y + i + 0.5, text, color=ink, ha="center", va="center", fontsize=11, zorder=5)


def _draw_grid(ax: Axes, x: float, y: float, shape: tuple[int, ...], face: str, edge: str) -> None:
    """Draw a frame and the lines in it as one path: a rectangle a cell would make the drawing far larger."""
    rows, columns = shape
    frame = [(x, y), (x + columns, y), (x + columns, y + rows), (x, y + rows), (x, y)]
    lines = [[(x, y + i), (x + columns, y + i)] for i in range(1, rows)]
    lines += [[(x + j, y), (x + j, y + rows)] for j in range(1, columns)]
    grid = Path.make_compound_path(Path(frame, closed=True), *map(Path, lines))
    layer = 1 if edge == "grid" else 2
    ax.add_patch(PathPatch(grid, facecolor=COLORS[face], edgecolor=COLORS[edge], linewidth=1, zorder=layer))
