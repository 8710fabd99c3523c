"""Ask a model a task with a prompt; compare two prompts on the same items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from largemodels.language.prompting.answers import Answers
from largemodels.language.prompting.intervals import mcnemar, paired_bootstrap, wilson
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.prompt import Prompt, PromptError
from largemodels.language.prompting.task import Task
from largemodels.language.prompting.writing import GREEDY, Decoding

ANSWERS = Answers()  # what has been asked since the program was started


@dataclass(frozen=True)
class Result:
    """What a prompt got on a task: an answer to each item, and which are right."""

    prompt: Prompt
    task: Task
    answers: list[str]
    scores: Tensor | None = None  # (items, labels): log-probabilities

    @property
    def right(self) -> np.ndarray:
        """Return (items,) booleans."""
        pairs = zip(self.answers, self.task.items, strict=True)
        return np.array([self.task.metric(answer, item.gold) for answer, item in pairs])

    @property
    def accuracy(self) -> float:
        """Return the share of right answers."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the accuracy (Wilson)."""
        return wilson(int(self.right.sum()), len(self.right))

    def table(self) -> pd.DataFrame:
        """Return a row for each item: its fields, gold, answer, right."""
        rows = [{**item.fields, "gold": item.gold} for item in self.task.items]
        return pd.DataFrame(rows).assign(answer=self.answers, right=self.right)

    def less(self, bias: Tensor) -> Result:
        """Return the result with (labels,) subtracted from each item's scores."""
        if self.scores is None:
            raise PromptError("Only label scores have a bias, not written answers.")
        return labeled(self.prompt, self.task, self.scores - bias)


def evaluate(
    lm: LM,
    prompt: Prompt,
    task: Task,
    decoding: Decoding = GREEDY,
    answers: Answers = ANSWERS,
) -> Result:
    """Ask each item of the task and judge the answers.

    Raises PromptError where the template and the items don't fit.
    """
    texts = [prompt.render(item.fields, lm.chat) for item in task.items]
    if task.labels:
        return labeled(prompt, task, label_scores(lm, prompt, task, texts, answers))
    settings = f"{task.tokens} {task.stop!r} {decoding}"

    def ask(new: list[str]) -> list[str]:
        return lm.generate(new, task.tokens, task.stop, decoding)

    written = answers.get(lm.fingerprint, settings, texts, ask)
    return Result(prompt, task, written)


def label_scores(
    lm: LM,
    prompt: Prompt,
    task: Task,
    texts: list[str],
    answers: Answers = ANSWERS,
) -> Tensor:
    """Return (texts, labels): log-probability of each label, in the prompt's words."""
    words = [prompt.word(label) for label in task.labels]

    def ask(new: list[str]) -> list[list[float]]:
        return lm.label_scores(new, words).tolist()

    return torch.tensor(answers.get(lm.fingerprint, f"labels {words}", texts, ask))


def labeled(prompt: Prompt, task: Task, scores: Tensor) -> Result:
    """Return the result of taking each item's likeliest label."""
    chosen = [task.labels[i] for i in scores.argmax(1)]
    return Result(prompt, task, chosen, scores)


def compare(results: Mapping[str, Result]) -> pd.DataFrame:
    """Return a row for each result: accuracy, its interval, the change from the first.

    The change has its interval (paired bootstrap) and McNemar's p. Raises ValueError
    where the items are not the same.
    """
    first, *_ = results.values()
    rows = {name: _row(first, result) for name, result in results.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(first: Result, result: Result) -> dict[str, float]:
    if result.task.items != first.task.items:
        raise ValueError("Prompts are compared on the same items: ask the same task.")
    low, high = result.interval
    row = {"accuracy": result.accuracy, "low": low, "high": high}
    if result is first:
        return row
    a, b = first.right, result.right
    below, above = paired_bootstrap(a, b)
    change = result.accuracy - first.accuracy
    return row | {"change": change, "from": below, "to": above, "p": mcnemar(a, b)}
