"""A conversation as a model reads it in training: ids, and labels on its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from largemodels.language.masking import IGNORED

Message = dict[str, str]  # role and content


@dataclass(frozen=True)
class Example:
    """The ids of a conversation, and as many labels: the id itself, or IGNORED."""

    ids: list[int]
    labels: list[int]


def encode(tokenizer: Any, messages: Sequence[Message]) -> Example:
    """Write the conversation in ChatML; label the answers, their ends included.

    The ids are those of the tokenizer's own template wherever the first message is the
    system's (else the template adds one) and no text starts or ends in white space.
    """
    ids, labels = [], []
    for message in messages:
        head = _ids(tokenizer, f"<|im_start|>{message['role']}\n")
        said = _ids(tokenizer, message["content"] + "<|im_end|>")
        tail = _ids(tokenizer, "\n")
        spoken = said if message["role"] == "assistant" else [IGNORED] * len(said)
        ids += head + said + tail
        labels += [IGNORED] * len(head) + spoken + [IGNORED] * len(tail)
    return Example(ids, labels)


def prompt(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Return the ids of the conversation up to where the assistant begins to answer."""
    return encode(tokenizer, messages).ids + _ids(tokenizer, "<|im_start|>assistant\n")


def _ids(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@dataclass(frozen=True)
class Batch:
    """Examples side by side: ids, labels, 1 for what is not padding; (batch, time)."""

    ids: Tensor
    labels: Tensor
    mask: Tensor


def collate(examples: Sequence[Example], pad: int) -> Batch:
    """Pad on the right to the longest; no label and no attention for padding."""
    longest = max(len(e.ids) for e in examples)

    def rows(kind: str, filler: int) -> Tensor:
        rows = [getattr(e, kind) for e in examples]
        return torch.tensor([row + [filler] * (longest - len(row)) for row in rows])

    lengths = torch.tensor([len(e.ids) for e in examples])
    mask = (torch.arange(longest) < lengths[:, None]).long()
    return Batch(rows("ids", pad), rows("labels", IGNORED), mask)


def answer_logits(model: Any, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the logits that foretell a label, (labels, vocabulary), and the labels.

    Position t foretells t + 1. The vocabulary's 49,152 scores are worked out only where
    they are asked for.
    """
    hidden = model.model(batch.ids, attention_mask=batch.mask).last_hidden_state
    targets = batch.labels[:, 1:]  # (batch, time - 1)
    asked = targets != IGNORED
    return model.lm_head(hidden[:, :-1][asked]), targets[asked]


def answer_loss(model: Any, batch: Batch) -> Tensor:
    """Return the mean of -log p over the labeled tokens."""
    return F.cross_entropy(*answer_logits(model, batch))
