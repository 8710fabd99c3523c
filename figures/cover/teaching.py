"""Five courses climb through one book: objectives met, chapter by chapter, on each path of the syllabus."""

from pathlib import Path

import numpy as np
import yaml
from matplotlib.figure import Figure

from largemodels.core.plot import COLORS, use_book_style

SYLLABUS = Path(__file__).parents[2] / "book" / "syllabus.yml"
PARTS = ("foundations", "language", "generative", "decisions", "scaling", "production", "applications",
         "responsible", "teaching", "reference")  # fmt: skip
PATHS = ("parameters", "data", "data2", "data3", "devices")


def draw() -> Figure:
    use_book_style()
    objectives = yaml.safe_load(SYLLABUS.read_text(encoding="utf-8"))["objectives"]
    chapters = list(dict.fromkeys(goal["chapter"] for goal in objectives))
    chapters.sort(key=lambda chapter: PARTS.index(chapter.split("/")[0]))  # stable: keeps a part's own order
    climbs = climb(objectives, chapters)
    top = max(climb[-1] for climb in climbs.values())
    fig = Figure(figsize=(3.2, 2.4), layout="none")
    ax = fig.add_axes((0, 0, 1, 1), xlim=(-3, len(chapters) + 4), ylim=(-0.07 * top, 1.1 * top))
    ax.set_axis_off()
    for place in range(0, len(PARTS), 2):
        inside = [n for n, chapter in enumerate(chapters) if chapter.split("/")[0] == PARTS[place]]
        ax.axvspan(inside[0], inside[-1] + 1, color=COLORS["grid"], alpha=0.5, linewidth=0)
    for color, path in zip(PATHS, sorted(climbs.values(), key=lambda path: -path[-1]), strict=True):
        ax.step(np.arange(len(path)), path, where="pre", color=COLORS[color], linewidth=2.2)
        ax.plot(len(path) - 1, path[-1], "o", color=COLORS[color], markersize=7, clip_on=False)
    return fig


def climb(objectives: list[dict[str, str]], chapters: list[str]) -> dict[str, np.ndarray]:
    """Return per syllabus how many objectives are met before the first chapter and after each one."""
    counts: dict[str, np.ndarray] = {}
    for goal in objectives:
        steps = counts.setdefault(goal["syllabus"], np.zeros(len(chapters) + 1))
        steps[chapters.index(goal["chapter"]) + 1] += 1
    return {name: steps.cumsum() for name, steps in counts.items()}
