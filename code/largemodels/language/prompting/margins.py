"""Two labels, one number: by how many nats the model prefers the first to the second.

What a prompt does to a task of two labels is a row of such margins. An answer is a
margin's sign; a prompt's bias toward a label is a shift of them all.
"""

from __future__ import annotations

import numpy as np

from largemodels.language.prompting.calibration import NOTHING
from largemodels.language.prompting.evaluation import label_scores
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task

EMPTY = [f"empty {i}" for i in range(len(NOTHING))]


def margins(lm: LM, prompt: Prompt, task: Task) -> dict[str, float]:
    """Return the margin of each item, named by its place, and of each empty input.

    Raises ValueError for a task that has not two labels.
    """
    if len(task.labels) != 2:
        raise ValueError(f"A margin is between two labels: {task.name!r} has others.")
    fields = [item.fields for item in task.items]
    asked = fields + [dict.fromkeys(fields[0], empty) for empty in NOTHING]
    texts = [prompt.render(filled, lm.chat) for filled in asked]
    scores = label_scores(lm, prompt, task, texts)  # (items + empty ones, 2)
    margin = scores[:, 0] - scores[:, 1]
    places = [str(i) for i in range(len(fields))]
    return dict(zip(places + EMPTY, margin.tolist(), strict=True))


def is_first(task: Task) -> np.ndarray:
    """Return (items,) booleans: whose gold is the first label."""
    return np.array([item.gold == task.labels[0] for item in task.items])


def right(margin: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return which margins, (..., items), have the sign of their item's gold."""
    return (margin > 0) == first


def empty_margin(empty: np.ndarray) -> np.ndarray:
    """Return (...,) from (..., inputs): the margin of the mean probability."""
    share = (1 / (1 + np.exp(-empty))).mean(-1)
    return np.log(share / (1 - share))


def ranking(margin: np.ndarray, first: np.ndarray) -> float:
    """Return how often an item of the first label has a higher margin than another.

    No shift changes it: the area under the ROC curve says what the ranking is worth.
    """
    pairs = margin[first][:, None] - margin[~first][None]  # (first ones, second ones)
    return float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())
