"""LoRA of several ranks in SmolLM2's upper ten blocks, on the same messages."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from largemodels.language import smollm2
from largemodels.language.finetuning import instruct, layers, lora, routing, upper
from largemodels.language.finetuning.chat import Example

RECORDED = Path(__file__).with_name("ranks.csv")
AT, RATE, TRAINING = 20, 4e-3, 240  # the twenty blocks below are frozen
SAME = 32  # an alpha for all ranks; the other is twice the rank


def perform(rank: int, alpha: int, seed: int, steps: int, exam: int) -> list[Any]:
    """Train once; return what learned, the last ten losses' mean and right answers."""
    model = copy.deepcopy(halves()[1])
    lora.inject(model, routing.LAYERS, rank, alpha, seed)
    learning = layers.count_learning(model)
    hidden, examples = read("known", seed, TRAINING)
    losses = upper.train(model, hidden, examples, steps, RATE, seed)
    lora.merge(model)
    exams = [read(phrasing, routing.EXAM_SEED, exam) for phrasing in routing.PHRASINGS]
    right = [int(upper.exact(model, *e).sum()) for e in exams]
    return [learning, f"{instruct.settled(losses):.3f}", *right]


@cache
def halves() -> tuple[Any, Any]:
    """Return SmolLM2's lower twenty blocks, and the upper ten."""
    return upper.split(smollm2.load()[0], AT)


@cache
def read(phrasing: routing.Phrasing, seed: int, n: int) -> tuple[list[Tensor], list[Example]]:
    """Return what the lower blocks make of n messages, and the messages."""
    tokenizer = smollm2.load()[1]
    examples = routing.encode(tokenizer, routing.draw(n, phrasing, seed))
    return upper.read(halves()[0], examples), examples


def recorded() -> pd.DataFrame:
    """Return the recorded runs, one a row."""
    return pd.read_csv(RECORDED)
