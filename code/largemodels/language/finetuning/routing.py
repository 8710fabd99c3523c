"""Messages to a shop, and the line that its clerks write on each: desk, urgency, order.

The format is the shop's own, so no model has read it anywhere. The messages are put
together from the pieces in routing.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from largemodels.language.finetuning import chat, lora
from largemodels.language.finetuning.chat import Example, Message

Phrasing = Literal["known", "new"]
PHRASINGS: tuple[Phrasing, ...] = ("known", "new")
NO_ORDER = "none"
EXAM_SEED = 1000  # no training set is drawn with it
ADAPTER = Path(__file__).with_name("routing.safetensors")
LOSSES = Path(__file__).with_name("routing_losses.csv")  # of the run that made it
SEED, TRAINING, STEPS, RATE = 0, 320, 80, 4e-3  # of that run, too
RANK, ALPHA = 2, 4.0
LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
RULES = "Write desk, urgency and order number of the message."


@dataclass(frozen=True)
class Item:
    """A message and the line it should get, like damage/high/4821."""

    message: str
    line: str


def draw(n: int, phrasing: Phrasing, seed: int, pieces: int = 8) -> list[Item]:
    """Draw n messages, put together from known or from new pieces.

    The known sentences about the trouble may be limited to the first few of each desk.
    """
    rng = np.random.default_rng([seed, phrasing == "new"])
    return [_item(rng, phrasing, pieces) for _ in range(n)]


def _item(rng: np.random.Generator, phrasing: Phrasing, pieces: int) -> Item:
    table = phrases()

    def one(options: list[Any]) -> Any:
        return options[rng.integers(len(options))]

    desk, urgency = one(table["desks"]), one(table["urgency"])
    order = str(rng.integers(1000, 10_000)) if rng.random() < 0.8 else NO_ORDER
    number = one(table["numbers"][phrasing]) if order != NO_ORDER else ""
    rest = [number, one(table["distractions"][phrasing]), one(urgency[phrasing])]
    rng.shuffle(rest)
    sentences = [one(desk[phrasing][:pieces]), *rest]
    message = " ".join(s for s in sentences if s).format(
        item=one(table["items"][phrasing]),
        order=order,
        price=rng.integers(10, 1000),
        year=rng.integers(2000, 2025),
    )
    return Item(message, f"{desk['code']}/{urgency['level']}/{order}")


def conversation(item: Item, system: str = RULES) -> list[Message]:
    """Return the item as a chat: the rules, the message, the line."""
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": item.message},
        {"role": "assistant", "content": item.line},
    ]


def encode(tokenizer: Any, items: Sequence[Item]) -> list[Example]:
    """Return the items as chats with labels on their lines."""
    return [chat.encode(tokenizer, conversation(item)) for item in items]


def fields(tokenizer: Any, item: Item, hits: Tensor) -> dict[str, bool]:
    """Say of each field whether it is foretold right, what is before it being right.

    `hits` are those of the line's tokens, with two slashes and the end. Raises ValueError
    where there are more or fewer.
    """
    desk, urgency, order = (len(tokenizer(f)["input_ids"]) for f in item.line.split("/"))
    parts = hits.split([desk, 1, urgency, 1, order + 1])
    names = ("desk", "/", "urgency", "/", "order")
    return {n: bool(p.all()) for n, p in zip(names, parts, strict=True) if n != "/"}


def adapt(model: Any) -> Any:
    """Give the model LoRA with what the shipped adapter has learned, in place."""
    from safetensors.torch import load_file

    lora.inject(model, LAYERS, RANK, ALPHA)
    lora.load_adapter(model, load_file(ADAPTER))
    return model


def lesson(shown: int = 6, seed: int = 1) -> list[Message]:
    """Return the start of a talk that leaves nothing out: rule book and examples."""
    talk = [{"role": "system", "content": rule_book()}]
    for item in draw(shown, "known", seed):
        talk += conversation(item)[1:]
    return talk


def rule_book() -> str:
    """Return rules that leave nothing out: the table of the desks and the format."""
    desks = "\n".join(f"{desk['code']}: {desk['means']}" for desk in phrases()["desks"])
    return (
        "Answer each message with one line: desk/urgency/order. The desks are\n"
        f"{desks}\n"
        "Urgency is low (no hurry), normal (nothing said) or high (urgent). "
        f"The order number has four digits; write {NO_ORDER} where it is not given."
    )


@cache
def phrases() -> dict[str, Any]:
    """Return the pieces of routing.toml."""
    file = Path(__file__).with_suffix(".toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
