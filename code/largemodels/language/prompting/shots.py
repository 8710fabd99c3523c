"""Few-shot prompts: how many examples, which, in which order, and with which labels.

`shots.csv` holds what `python -m largemodels.language.prompting.shots_record` has
recorded: for each prompt, the margin of positive over negative for 60 sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from largemodels.language.prompting.prompt import Item, Prompt
from largemodels.language.prompting.sweep import Named
from largemodels.language.prompting.task import Task

RECORDED = Path(__file__).with_name("shots.csv")
BASE = Prompt("Review: {text}\nSentiment:")
NUMBERS = (0, 1, 2, 4, 8, 16)
N_ITEMS = 60


def draw_examples(task: Task, k: int, seed: int) -> tuple[Item, ...]:
    """Return k examples in a random order, half of them positive if k is even."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(task.examples))
    mixed = [task.examples[i] for i in order]
    groups = [[item for item in mixed if item.gold == label] for label in task.labels]
    if draw.random() < 0.5:  # which label has one more, if k is odd
        groups.reverse()
    chosen = [item for together in zip(*groups, strict=False) for item in together][:k]
    return tuple(chosen[i] for i in draw.permutation(k))


def pattern(examples: tuple[Item, ...]) -> str:
    """Return the examples' labels by their first letters, such as pnnp."""
    return "".join(item.gold[0] for item in examples) or "-"


def relabeled(
    examples: tuple[Item, ...],
    task: Task,
    how: str,
    seed: int,
) -> tuple[Item, ...]:
    """Return the examples with labels that are right, drawn at random, or all wrong."""
    draw = np.random.default_rng(seed)
    wrong = dict(zip(task.labels, reversed(task.labels), strict=True))
    golds = {
        "right": [item.gold for item in examples],
        "random": [str(draw.choice(task.labels)) for _ in examples],
        "wrong": [wrong[item.gold] for item in examples],
    }[how]
    pairs = zip(examples, golds, strict=True)
    return tuple(Item(item.fields, gold) for item, gold in pairs)


def by_order(task: Task, seed: int) -> Iterator[Named]:
    """Yield a prompt for each of the 24 orders of four examples."""
    four = draw_examples(task, 4, seed)
    for order in permutations(range(4)):
        examples = tuple(four[i] for i in order)
        yield _named("order", seed, "".join(map(str, order)), examples)


def by_number(task: Task, seed: int) -> Iterator[Named]:
    """Yield a prompt for each number of examples, each with others."""
    for k in NUMBERS:
        yield _named("number", seed, str(k), draw_examples(task, k, 1000 * k + seed))


def by_label(task: Task, seed: int) -> Iterator[Named]:
    """Yield prompts with eight examples whose labels are random, or all wrong."""
    eight = draw_examples(task, 8, 8000 + seed)
    for how in ("random", "wrong"):
        yield _named("label", seed, how, relabeled(eight, task, how, seed))


def _named(what: str, seed: int, way: str, examples: tuple[Item, ...]) -> Named:
    names = {"what": what, "seed": seed, "way": way, "labels": pattern(examples)}
    return names, BASE.but(examples=examples)


def recorded() -> pd.DataFrame:
    """Return the margins: what, seed, way, labels, and a column for each sentence."""
    return pd.read_csv(RECORDED, dtype={"way": str})
