"""What a model could do before it was fine-tuned, to be asked again after."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from largemodels.language.finetuning import instruct
from largemodels.language.finetuning.chat import Example
from largemodels.language.masking import IGNORED
from largemodels.language.prompting import tasks
from largemodels.language.texts import load_shakespeare

BYTES = 4000  # of plays that the book's own model never saw; this one may have
PIECE = 128  # tokens whose scores are worked out at a time: all of them fill 0.2 GB
SHOWN = 4  # capitals that are given as examples
QUESTIONS = (
    "What is the capital of France?",
    "Write a sentence about the sea.",
    "How many days are in a week?",
    "Give me a word that rhymes with cat.",
    "What color is the sky?",
    "Say hello in Spanish.",
    "What is two plus three?",
    "Name a fruit.",
    "Why do people sleep?",
    "Tell me a fact about horses.",
)
LINE = re.compile(r"^[a-z]+/[a-z]+/\w+")  # a line of the routing task


@torch.inference_mode()
def bits_per_byte(model: Any, tokenizer: Any) -> float:
    """Return how many bits the model needs for a byte of a play: fewer is better."""
    text = load_shakespeare()[1][:BYTES]
    ids = torch.tensor([tokenizer(text)["input_ids"]])  # (1, time)
    hidden = model.model(ids).last_hidden_state[0, :-1]  # (time - 1, d)
    pieces = zip(hidden.split(PIECE), ids[0, 1:].split(PIECE), strict=True)
    nats = [F.cross_entropy(model.lm_head(h), y, reduction="sum") for h, y in pieces]
    return torch.stack(nats).sum().item() / math.log(2) / len(text.encode())


def capitals(model: Any, tokenizer: Any) -> tuple[int, int]:
    """Return how many of sixty capitals are right after four examples, of two kinds.

    First those named, then those after which the line ends, too, as in the examples.
    """
    shown, end, examples = shots(), tokenizer("\n")["input_ids"], []
    for item in tasks.capitals().items:
        asked = tokenizer(f"{shown}{item.fields['country']} ->")["input_ids"]
        city = tokenizer(f" {item.gold}")["input_ids"]
        examples.append(Example(asked + city + end, [IGNORED] * len(asked) + city + end))
    hits = instruct.foretold(model, examples)
    named = sum(bool(h[:-1].all()) for h in hits)
    return named, sum(bool(h.all()) for h in hits)


def shots() -> str:
    """Return the four examples that are shown, a line each."""
    shown = tasks.capitals().examples[:SHOWN]
    return "".join(f"{item.fields['country']} -> {item.gold}\n" for item in shown)


def routed(answers: Sequence[str]) -> int:
    """Return how many answers have the form of a line of the routing task."""
    return sum(bool(LINE.match(answer)) for answer in answers)
