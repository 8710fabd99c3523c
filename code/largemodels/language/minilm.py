"""all-MiniLM-L6-v2: a sentence encoder, which puts texts of like meaning close together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from largemodels.core import store
from largemodels.language.pretrained import load_pretrained

if TYPE_CHECKING:
    from transformers import BertModel, PreTrainedTokenizerFast

NAME = "minilm"
LONGEST = 256  # tokens; the model saw no longer text in training, and what goes beyond is cut off


def embed(texts: Sequence[str], batch: int = 32) -> Tensor:
    """Return one vector of length 1 a text, (texts, 384); the product of two is their cosine similarity.

    Raises StoreError where the model can't be had.
    """
    model, tokenizer = _shared()
    rows = [pool(model, tokenizer(list(texts[i : i + batch]), **_CUT)) for i in range(0, len(texts), batch)]
    return torch.cat(rows) if rows else torch.empty(0, model.config.hidden_size)


@torch.inference_mode()
def pool(model: BertModel, tokens: Any) -> Tensor:
    """Return the mean of each text's token vectors, scaled to length 1: (texts, 384)."""
    return nn.functional.normalize(mean(model, tokens), dim=-1)


def mean(model: BertModel, tokens: Any) -> Tensor:
    """Return the mean of each text's token vectors, padding left out: (texts, 384)."""
    vectors = model(**tokens).last_hidden_state  # (texts, time, 384)
    mask = tokens["attention_mask"].unsqueeze(-1)  # (texts, time, 1)
    return (vectors * mask).sum(1) / mask.sum(1)


def load() -> tuple[BertModel, PreTrainedTokenizerFast]:
    """Load the model, float32 and ready to encode, and its tokenizer; both are ordinary transformers objects.

    Raises StoreError where the model can't be had. With LARGEMODELS_HUB=1 both come from the hub.
    """
    from transformers import AutoModel

    return load_pretrained(AutoModel, NAME, lambda: store.path(NAME))


_CUT: dict[str, Any] = {"padding": True, "truncation": True, "max_length": LONGEST, "return_tensors": "pt"}
_shared = cache(load)  # `embed` loads the model once
