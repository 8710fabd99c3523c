"""Five ways to fine-tune the same model on the same messages, and what each is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from largemodels.language.finetuning import adapters, lora, prefix, routing

RECORDED = Path(__file__).with_name("ways.csv")
STEPS, BATCH, EXAM = 60, 4, 60
RATES = {
    "full": (5e-5, 1e-4, 2e-4),
    "lora 2": (2e-3, 4e-3),
    "lora 16": (1e-3, 2e-3),
    "adapters": (2e-3, 4e-3),
    "prefix": (1e-2, 3e-2),
}
BOTTLENECK = 8  # so adapters learn about as many numbers as LoRA of rank 2
OPENING = "Answer each message with one line: desk/urgency/order."  # what the prefix says at first


def prepare(model: Any, tokenizer: Any, way: str, seed: int) -> Any:
    """Make of a fresh model one in which just the numbers of this way learn."""
    if way == "full":
        return model
    if way.startswith("lora"):
        rank = int(way.split()[1])
        return lora.inject(model, routing.LAYERS, rank, 2 * rank, seed)
    if way == "adapters":
        return adapters.insert(model, ("o_proj", "down_proj"), BOTTLENECK, seed)
    return prefix.attach(model, prefix.written(model, tokenizer(OPENING)["input_ids"]))


def recorded() -> pd.DataFrame:
    """Return the recorded runs, one a row."""
    return pd.read_csv(RECORDED)
