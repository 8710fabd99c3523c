"""Forty ways to ask one question, and what comes of choosing the best of them.

`wordings.csv` holds what `python -m largemodels.language.prompting.wordings_record` has
recorded: for each wording, the margin of positive over negative for each sentence.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from largemodels.language.prompting.prompt import Prompt

RECORDED = Path(__file__).with_name("wordings.csv")
QUESTION = "Is the sentiment of this sentence positive or negative?"
BRIEF = "Answer with one word."
WORDS = {"positive": "Positive", "negative": "Negative"}


def load_wordings() -> list[tuple[str, Prompt]]:
    """Return the family and the prompt of each wording."""
    path = Path(__file__).with_name("wordings.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [(row.pop("family"), _prompt(row)) for row in table["wording"]]


def _prompt(row: dict[str, Any]) -> Prompt:
    if "template" in row:
        return Prompt(**row)
    plea = row.pop("plea", "")
    asked = f"{QUESTION} {BRIEF} {plea}".strip()
    return Prompt(f"{asked}\n\nSentence: {{text}}", chat=True, words=WORDS, **row)


def recorded() -> pd.DataFrame:
    """Return the margins: family, wording, a column for each sentence, each nothing."""
    return pd.read_csv(RECORDED)


def choose_best(
    table: np.ndarray,
    n_prompts: int,
    n_dev: int,
    draw: np.random.Generator,
) -> tuple[float, float]:
    """Take the best of some prompts on some items; return its share there and beyond.

    `table` is (prompts, items), right or wrong. The first of equals is taken, in a
    random order. Raises ValueError where no item or prompt is left.
    """
    prompts, items = table.shape
    if not 0 < n_dev < items or not 0 < n_prompts <= prompts:
        raise ValueError(f"Choose 1 to {prompts} prompts on 1 to {items - 1} items.")
    tried = draw.permutation(prompts)[:n_prompts]
    order = draw.permutation(items)
    dev, test = order[:n_dev], order[n_dev:]
    shares = table[tried][:, dev].mean(1)
    best = tried[shares.argmax()]
    return float(shares.max()), float(table[best, test].mean())
