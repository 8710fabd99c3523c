"""Six ways to spoil the data of a fine-tuning run, and an audit that finds each.

None of them raises an error, and most let the loss fall as it should.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from largemodels.language.finetuning.chat import Batch, Example, Message, encode
from largemodels.language.masking import IGNORED

MOVED = "Labels are not the ids of their own places: the loss shifts them by itself."
PADDING = "Padding is labeled."
OTHERS = "What others than the assistant say is labeled."
END = "An answer's end is not labeled."
SYSTEMS = "A conversation has more than one system message."


def prompt_labeled(example: Example) -> Example:
    """Label every token, so the model also learns to write its users' messages."""
    return Example(example.ids, list(example.ids))


def end_forgotten(example: Example, end: int) -> Example:
    """Leave the answer's end without a label, so nothing teaches the model to stop."""
    labels = [IGNORED if label == end else label for label in example.labels]
    return Example(example.ids, labels)


def templated_by_turns(tokenizer: Any, messages: Sequence[Message]) -> Example:
    """Write each message as a conversation of its own, with a system message each."""
    ids, labels = [], []
    for message in messages:
        alone = encode(tokenizer, [message])
        text = tokenizer.apply_chat_template([message], tokenize=False)
        turn = tokenizer(text, add_special_tokens=False)["input_ids"]
        ids += turn
        labels += [IGNORED] * (len(turn) - len(alone.ids)) + alone.labels
    return Example(ids, labels)


def padding_labeled(batch: Batch) -> Batch:
    """Label padding with its own id: the model is paid for ends after the end."""
    labels = torch.where(batch.mask == 0, batch.ids, batch.labels)
    return Batch(batch.ids, labels, batch.mask)


def masked_by_id(batch: Batch, pad: int) -> Batch:
    """Ignore every label that is the padding's id, which is also the end's."""
    labels = batch.labels.masked_fill(batch.ids == pad, IGNORED)
    return Batch(batch.ids, labels, batch.mask)


def shifted_twice(batch: Batch) -> Batch:
    """Move the labels one to the left, which the loss is going to do as well."""
    labels = torch.full_like(batch.labels, IGNORED)
    labels[:, :-1] = batch.labels[:, 1:]
    return Batch(batch.ids, labels, batch.mask)


def audit(batch: Batch, tokenizer: Any) -> list[str]:
    """Return one sentence for each fault of the batch; none if it is sound."""
    start, end = tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
    system, *_ = tokenizer.encode("system", add_special_tokens=False)
    assistant, *_ = tokenizer.encode("assistant", add_special_tokens=False)
    labeled, real = batch.labels != IGNORED, batch.mask == 1
    role = _roles(batch.ids, start)
    moved = bool((labeled & (batch.labels != batch.ids)).any())
    ends = (batch.ids == end) & real & (role == assistant)
    openings = (batch.ids[:, :-1] == start) & (batch.ids[:, 1:] == system)
    others = labeled & real & (role != assistant)
    faults = {
        MOVED: moved,
        PADDING: bool((labeled & ~real).any()),
        OTHERS: not moved and bool(others.any()),
        END: not moved and bool((ends & ~labeled).any()),
        SYSTEMS: bool((openings.sum(1) > 1).any()),
    }
    return [sentence for sentence, found in faults.items() if found]


def _roles(ids: Tensor, start: int) -> Tensor:
    """Return for each token the first token of its speaker's name, (batch, time)."""
    place = torch.arange(ids.shape[1]).expand_as(ids)
    opened = torch.where(ids == start, place, 0).cummax(1).values  # the last start
    return ids.gather(1, (opened + 1).clamp(max=ids.shape[1] - 1))
