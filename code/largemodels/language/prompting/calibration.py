"""The bias that a prompt has toward a label, before it has seen any item."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from largemodels.language.prompting.evaluation import Result, label_scores
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task

NOTHING = ("N/A", "[MASK]", "")  # without content; those of Zhao et al. (2021)


def empty_bias(
    lm: LM,
    prompt: Prompt,
    task: Task,
    nothing: Sequence[str] = NOTHING,
) -> Tensor:
    """Return (labels,): the log of each label's mean probability after nothing."""
    fields = task.items[0].fields
    texts = [prompt.render(dict.fromkeys(fields, empty), lm.chat) for empty in nothing]
    shares = label_scores(lm, prompt, task, texts).softmax(-1)  # (inputs, labels)
    return shares.mean(0).log()


def mean_bias(result: Result) -> Tensor:
    """Return (labels,): each label's mean score over the items, golds unseen.

    Right where labels are about as frequent as each other.
    """
    assert result.scores is not None  # a task with labels
    return result.scores.log_softmax(-1).mean(0)
