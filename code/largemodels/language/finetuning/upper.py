"""Fine-tune only the upper layers: what the lower ones say is worked out once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import islice
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from largemodels.language.finetuning import chat, instruct
from largemodels.language.finetuning.chat import Batch, Example
from largemodels.language.masking import IGNORED


def split(model: Any, at: int) -> tuple[Any, Any]:
    """Return two models: the layers below `at`, and the others with the head."""
    lower, upper = copy.deepcopy(model), copy.deepcopy(model)
    lower.model.layers = lower.model.layers[:at]
    upper.model.layers = upper.model.layers[at:]
    lower.model.norm = nn.Identity()
    return lower, upper


def join(lower: Any, upper: Any) -> Any:
    """Return one model of the two halves, which keep their layers in common with it."""
    model = copy.copy(upper)
    model._modules = dict(upper._modules)
    model.model = copy.copy(upper.model)
    model.model._modules = dict(upper.model._modules)
    model.model.embed_tokens = lower.model.embed_tokens
    model.model.layers = nn.ModuleList([*lower.model.layers, *upper.model.layers])
    return model


@torch.inference_mode()
def read(lower: Any, examples: Sequence[Example]) -> list[Tensor]:
    """Return what the lower layers make of each example, (time, d)."""
    out = []
    for e in examples:
        ids = torch.tensor([e.ids])
        out.append(lower.model(ids, use_cache=False).last_hidden_state[0])
    return out


def logits(upper: Any, hidden: Sequence[Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
    """Return logits and labels as chat.answer_logits does."""
    h = nn.utils.rnn.pad_sequence(list(hidden), batch_first=True).clone()
    h = upper.model(inputs_embeds=h, attention_mask=batch.mask, use_cache=False)
    targets = batch.labels[:, 1:]
    asked = targets != IGNORED
    return upper.lm_head(h.last_hidden_state[:, :-1][asked]), targets[asked]


def train(
    upper: Any,
    hidden: Sequence[Tensor],
    examples: Sequence[Example],
    steps: int,
    lr: float,
    seed: int,
    batch: int = 4,
) -> list[float]:
    """Take AdamW steps on what may learn, as instruct.fit does; return the losses."""
    pad = upper.config.pad_token_id

    def loss(rows: list[int]) -> Tensor:
        some = chat.collate([examples[i] for i in rows], pad)
        return F.cross_entropy(*logits(upper, [hidden[i] for i in rows], some))

    rows = list(islice(instruct.shuffled(len(examples), batch, seed), steps))
    return instruct.fit(instruct.adamw(upper, lr), loss, rows)


@torch.inference_mode()
def exact(upper: Any, hidden: Sequence[Tensor], examples: Sequence[Example]) -> Tensor:
    """Return for each example whether greedy decoding would give its answer exactly."""
    pad, right = upper.config.pad_token_id, []
    for h, e in zip(hidden, examples, strict=True):
        scores, labels = logits(upper, [h], chat.collate([e], pad))
        right.append(bool((scores.argmax(-1) == labels).all()))
    return torch.tensor(right)
