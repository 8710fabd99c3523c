"""Orders to JSON: what the prompt says of the format, and what a constraint adds.

`formats.csv` holds what `python -m largemodels.language.prompting.formats_record` has
recorded: each answer to each order, asked in each way, free and bound to the pattern.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from largemodels.language.prompting import tasks
from largemodels.language.prompting.constraint import Fits
from largemodels.language.prompting.grammar import json_object
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task, read_object
from largemodels.language.prompting.writing import GREEDY, Decoding

RECORDED = Path(__file__).with_name("formats.csv")
N_ITEMS = 30
KINDS = {"name": "string", "item": "string", "quantity": "integer", "city": "string"}
FORM = '{"name": "...", "item": "...", "quantity": 0, "city": "..."}'


def prompts(task: Task) -> dict[str, Prompt]:
    """Return the ways to ask: vaguely, with the form, with one to four examples."""
    shown = Prompt("Order: {text}\nJSON:")
    return {
        "vague": Prompt("Turn this order into JSON: {text}", chat=True),
        "form": Prompt(f"{{text}}\n\nWrite this order as JSON like {FORM}", chat=True),
        "1 example": shown.but(examples=task.examples[:1]),
        "2 examples": shown.but(examples=task.examples[:2]),
        "4 examples": shown.but(examples=task.examples[:4]),
    }


def bound(lm: LM, prompt: Prompt) -> Decoding:
    """Return the decoding that writes the four fields alone; strings are words."""
    lead = "" if prompt.chat else " "
    return Decoding(constraint=Fits(json_object(KINDS), lm.tokenizer, lead))


def load_task(n: int = N_ITEMS) -> Task:
    """Return the first n orders; as many are recorded."""
    return tasks.orders().only(range(n))


def decoding_of(lm: LM, prompt: Prompt, way: str) -> Decoding:
    """Return how tokens are chosen: `free` or `bound`."""
    return {"free": lambda: GREEDY, "bound": lambda: bound(lm, prompt)}[way]()


def fields_right(answer: str, gold: str) -> int:
    """Return how many of the four fields an answer has right."""
    read = read_object(answer) or {}
    return sum(read.get(name) == value for name, value in json.loads(gold).items())


def recorded() -> pd.DataFrame:
    """Return the recorded answers: prompt, decoding, item, gold, answer."""
    return pd.read_csv(RECORDED, keep_default_na=False)
