"""The book as a constellation: chapters round their parts, joined where one course module uses both."""

from itertools import combinations
from pathlib import Path

import numpy as np
import yaml
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

SYLLABUS = Path(__file__).parents[2] / "book" / "syllabus.yml"


def draw() -> Figure:
    use_book_style()
    objectives = yaml.safe_load(SYLLABUS.read_text(encoding="utf-8"))["objectives"]
    chapters = sorted({goal["chapter"] for goal in objectives})
    hubs, stars = places(chapters)
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.2, 1.2))
    ax.set_axis_off()
    for first, second in shared(objectives):
        ax.plot(*bend(stars[first], stars[second]), color=COLORS["activations"], linewidth=0.8, alpha=0.6)
    for chapter, star in stars.items():
        goals = sum(goal["chapter"] == chapter for goal in objectives)
        ax.plot(*np.column_stack([hubs[chapter.split("/")[0]], star]), color=COLORS["muted"], linewidth=1)
        ax.plot(*star, "o", color=COLORS["data"], markersize=2.6 + 0.7 * goals, markeredgewidth=0)
    ax.plot(*np.array(list(hubs.values())).T, "s", color=COLORS["parameters"], markersize=7, markeredgewidth=0)
    return fig


def places(chapters: list[str]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Set parts on an ellipse, each with the share of the round that its chapters need."""
    parts = [chapter.split("/")[0] for chapter in chapters]
    names = list(dict.fromkeys(parts))
    slots = np.array([names.index(part) * 0.9 + place for place, part in enumerate(parts)])
    angles = 2 * np.pi * slots / (slots[-1] + 1.9)
    round_ = np.column_stack([1.45 * np.cos(angles), 1.06 * np.sin(angles)])
    hubs = {name: 0.68 * round_[[part == name for part in parts]].mean(axis=0) for name in names}
    return hubs, dict(zip(chapters, round_, strict=True))


def shared(objectives: list[dict[str, str]]) -> list[tuple[str, str]]:
    modules: dict[tuple[str, str], set[str]] = {}
    for goal in objectives:
        modules.setdefault((goal["syllabus"], goal["module"]), set()).add(goal["chapter"])
    pairs = {pair for used in modules.values() for pair in combinations(sorted(used), 2)}
    return sorted(pair for pair in pairs if pair[0].split("/")[0] != pair[1].split("/")[0])


def bend(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return a curve (2, 20) from star to star that leans toward the middle of the picture."""
    t = np.linspace(0, 1, 20)[:, None]
    return ((1 - t) ** 2 * start + 0.5 * t * (1 - t) * (start + end) + t**2 * end).T
