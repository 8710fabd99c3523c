"""A grid world solved by value iteration: shade is value, arrows the best move, the line one way home."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from largemodels.core.plot import COLORS, use_book_style

WORLD = ("....#..G", ".##...#.", "...#..X.", ".#.#.#..", "...X....", "..#...#.")
MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
FREE = {(row, col) for row, line in enumerate(WORLD) for col, mark in enumerate(line) if mark != "#"}
REWARD = {place: {"G": 1.0, "X": -1.0}.get(WORLD[place[0]][place[1]], 0.0) for place in FREE}
SLIP = 0.1


def draw() -> Figure:
    use_book_style()
    values = iterate_values(sweeps=80)
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-0.6, 7.6), ylim=(5.6, -0.55))
    ax.set_axis_off()
    for place in sorted(FREE):
        draw_place(ax, place, values)
    rows, cols = zip(*walk(values, (5, 0)), strict=True)
    ax.plot(cols, rows, color=COLORS["data"], linewidth=5, alpha=0.45, solid_capstyle="round", zorder=1.5)
    return fig


def draw_place(ax: Axes, place: tuple[int, int], values: dict) -> None:
    row, col = place
    end = REWARD[place]
    color = COLORS["good"] if end > 0 else COLORS["bad"] if end < 0 else COLORS["parameters"]
    box = Rectangle((col - 0.47, row - 0.47), 0.94, 0.94, linewidth=0, facecolor=color)
    box.set_alpha(0.8 if end else 0.06 + 0.6 * max(values[place], 0) ** 2)
    ax.add_patch(box)
    if not end:
        down, right = best_move(values, place)
        ax.annotate("", (col + 0.3 * right, row + 0.3 * down), (col - 0.3 * right, row - 0.3 * down),
                    arrowprops={"arrowstyle": "->", "color": COLORS["ink"], "linewidth": 1.2,
                                "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def iterate_values(sweeps: int) -> dict[tuple[int, int], float]:
    values = dict(REWARD)
    for _ in range(sweeps):
        for place in sorted(FREE):
            if not REWARD[place]:
                values[place] = 0.96 * max(worth(values, place, turn) for turn in range(4))
    return values


def worth(values: dict, place: tuple[int, int], turn: int) -> float:
    """Return the expected value after a move that slips to either side one time in ten."""
    chances = {turn: 1 - 2 * SLIP, (turn + 1) % 4: SLIP, (turn - 1) % 4: SLIP}
    return sum(chance * values[step(place, MOVES[way])] for way, chance in chances.items())


def step(place: tuple[int, int], move: tuple[int, int]) -> tuple[int, int]:
    target = (place[0] + move[0], place[1] + move[1])
    return target if target in FREE else place


def best_move(values: dict, place: tuple[int, int]) -> tuple[int, int]:
    return MOVES[int(np.argmax([worth(values, place, turn) for turn in range(4)]))]


def walk(values: dict, place: tuple[int, int]) -> list[tuple[int, int]]:
    way = [place]
    while not REWARD[way[-1]] and len(way) < len(FREE):
        way.append(step(way[-1], best_move(values, way[-1])))
    return way
