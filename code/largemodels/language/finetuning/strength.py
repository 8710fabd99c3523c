"""The shipped adapter turned down: what is kept of the task, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from largemodels.language.finetuning import forgetting, instruct, lora, routing

RECORDED = Path(__file__).with_name("strength.csv")
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
EXAM = 60


def turn(model: Any, strength: float) -> None:
    """Let every correction count for `strength` of what was learned; 0 is the base.

    No correction may be merged.
    """
    for layer in lora.corrections(model).values():
        layer.scale = strength * routing.ALPHA / routing.RANK


def examine(model: Any, tokenizer: Any, exam: int = EXAM) -> list[Any]:
    """Return right answers to known and to new phrasings, and what `abilities` does."""
    right = []
    for phrasing in routing.PHRASINGS:
        items = routing.draw(exam, phrasing, routing.EXAM_SEED)
        marks = instruct.exact(model, routing.encode(tokenizer, items))
        right.append(int(marks.sum()))
    return [*right, *abilities(model, tokenizer)]


def abilities(model: Any, tokenizer: Any) -> list[Any]:
    """Return bits a byte of a play, capitals named, and lines then ended, of sixty."""
    bits = forgetting.bits_per_byte(model, tokenizer)
    return [round(bits, 3), *forgetting.capitals(model, tokenizer)]


def recorded() -> pd.DataFrame:
    """Return the recorded strengths, one a row."""
    return pd.read_csv(RECORDED)
