"""SmolLM2's upper ten blocks, trained on data with a mistake in the labels."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from largemodels.language import smollm2
from largemodels.language.finetuning import instruct, lora, mistakes, ranks, routing, upper
from largemodels.language.finetuning.chat import Example

RECORDED = Path(__file__).with_name("spoiled.csv")
LABELS = ("sound", "end forgotten", "prompt labeled")
RANK, ALPHA, ASKED, LONGEST = 4, 8, 20, 40


def spoil(examples: Sequence[Example], labels: str) -> list[Example]:
    """Return the examples with labels of that kind, one of LABELS."""
    if labels == "end forgotten":
        return [mistakes.end_forgotten(e, smollm2.EOS) for e in examples]
    if labels == "prompt labeled":
        return [mistakes.prompt_labeled(e) for e in examples]
    return list(examples)


def perform(labels: str, seed: int, steps: int, exam: int) -> list[Any]:
    """Train once; return the last losses' mean, exact answers, right lines, stops, tokens.

    Of the first ASKED messages the answers are generated too, of LONGEST tokens at most:
    how many begin with the right line, how many end, and their mean length.
    """
    model = lora.inject(copy.deepcopy(ranks.halves()[1]), routing.LAYERS, RANK, ALPHA, seed)
    hidden, examples = ranks.read("known", seed, ranks.TRAINING)
    losses = upper.train(model, hidden, spoil(examples, labels), steps, ranks.RATE, seed)
    right = int(upper.exact(model, *ranks.read("known", routing.EXAM_SEED, exam)).sum())
    return [f"{instruct.settled(losses):.3f}", right, *_generated(model, min(ASKED, exam))]


def _generated(model: Any, n: int) -> list[Any]:
    """Return right lines, stops and the mean number of tokens of n generated answers."""
    tokenizer = smollm2.load()[1]
    items = routing.draw(n, "known", routing.EXAM_SEED)
    asked = [routing.conversation(item)[:2] for item in items]
    whole = upper.join(ranks.halves()[0], model)
    answers = instruct.answer(whole, tokenizer, asked, LONGEST)
    lines = sum(a.startswith(i.line) for a, i in zip(answers, items, strict=True))
    stops = sum(a.endswith("<|im_end|>") for a in answers)
    tokens = sum(len(tokenizer(a)["input_ids"]) for a in answers) / n
    return [lines, stops, f"{tokens:.1f}"]


def recorded() -> pd.DataFrame:
    """Return the recorded runs, one a row."""
    return pd.read_csv(RECORDED)
