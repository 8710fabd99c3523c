"""A task: items with right answers, and a rule that says whether an answer is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from largemodels.language.prompting.prompt import Item

Metric = Callable[[str, str], bool]  # answer, gold -> right


@dataclass(frozen=True)
class Task:
    """Items, the metric, and how answers are had.

    With `labels` the likeliest label is the answer. Without, the model writes up to
    `tokens` tokens, as far as `stop`. `examples` are for prompts, and are never asked.
    """

    name: str
    items: tuple[Item, ...]
    examples: tuple[Item, ...]
    metric: Metric
    labels: tuple[str, ...] = ()
    tokens: int = 16
    stop: str | None = "\n"

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError(f"The task {self.name!r} has no items: give it some.")
        unknown = {item.gold for item in self.items} - set(self.labels)
        if self.labels and unknown:
            raise ValueError(f"{min(unknown)!r} is no label of the task {self.name!r}.")

    def split(self, n: int, seed: int = 0) -> tuple[Task, Task]:
        """Return two tasks: n items drawn for development, the others for the test."""
        if not 0 < n < len(self.items):
            raise ValueError(f"Draw 1 to {len(self.items) - 1} items, not {n}.")
        order = np.random.default_rng(seed).permutation(len(self.items))
        return self.only(order[:n]), self.only(order[n:])

    def only(self, chosen: np.ndarray | range) -> Task:
        """Return the task with these items alone."""
        return replace(self, items=tuple(self.items[i] for i in chosen))


def exact(answer: str, gold: str) -> bool:
    """Tell whether the answer is the gold; case, spaces and a full stop don't count."""
    return _plain(answer) == _plain(gold)


def same_json(answer: str, gold: str) -> bool:
    """Tell whether both are JSON objects with the same names and values."""
    return read_object(answer) == json.loads(gold)


def read_object(answer: str) -> dict[str, object] | None:
    """Return the JSON object in an answer, whatever is around it, or None."""
    try:
        read = json.loads(answer[answer.find("{") : answer.rfind("}") + 1])
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _plain(text: str) -> str:
    return text.strip().rstrip(".").strip().lower()
