"""The small GPT that the book ships: 0.8 million parameters, pre-trained on Shakespeare's plays.

`code/scripts/language/pretrain.py` has made it. `load` gives the model and its alphabet,
`recorded` the losses on the way.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from largemodels.language import checkpoint
from largemodels.language.gpt import GPT
from largemodels.language.texts import Characters

WEIGHTS = Path(__file__).with_name("shakespeare_gpt.safetensors")
LOSSES = Path(__file__).with_name("shakespeare_gpt.csv")


def load(path: Path = WEIGHTS) -> tuple[GPT, Characters]:
    """Return the model, ready to write, and the characters that it knows."""
    model, facts = checkpoint.load(path)
    return model, Characters(facts["alphabet"])


def recorded() -> pd.DataFrame:
    """Return the recorded run: step, loss before it, and here and there validation."""
    return pd.read_csv(LOSSES)
