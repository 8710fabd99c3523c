"""Prefix tuning: keys and values that no token has written, and only they learn.

Li and Liang (2021), https://aclanthology.org/2021.acl-long.353.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor, nn


class Prefix(nn.Module):
    """A frozen decoder that finds keys and values in its cache before it has read."""

    def __init__(self, decoder: Any, kv: Tensor) -> None:
        super().__init__()
        self.decoder = decoder.requires_grad_(False)
        self.kv = nn.Parameter(kv)  # (layers, key and value, heads, length, d_head)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        past_key_values: Any = None,
        **_: Any,
    ) -> Any:
        """Return what the decoder makes of the ids, (batch, time), read from the start.

        The first token takes position `length`, as if so many had been read before it.
        The mask is that of the ids: 1 for what is not padding. Raises ValueError where a
        cache is handed over.
        """
        if past_key_values is not None:
            raise ValueError("A prefix fills the cache itself: pass use_cache=False.")
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        batch, length = len(input_ids), self.kv.shape[3]
        seen = attention_mask.new_ones(batch, length)
        out = self.decoder(
            input_ids,
            attention_mask=torch.cat([seen, attention_mask], 1),
            past_key_values=self._cache(batch),
        )
        out.past_key_values = None  # or generate would hand it back
        return out

    def _cache(self, batch: int) -> Any:
        from transformers import DynamicCache

        kv = self.kv.unsqueeze(2).expand(-1, -1, batch, -1, -1, -1)
        return DynamicCache([(k, v) for k, v in kv])  # (batch, heads, length, d_head)


def draw(model: Any, length: int, seed: int = 0) -> Tensor:
    """Return keys and values from the normal curve, for a prefix of that length."""
    c = model.config
    shape = (c.num_hidden_layers, 2, c.num_key_value_heads, length, c.head_dim)
    return torch.randn(shape, generator=Generator().manual_seed(seed))


@torch.no_grad()
def written(model: Any, ids: list[int]) -> Tensor:
    """Return the keys and values that these tokens write: a prefix that says something."""
    cache = model(torch.tensor([ids]), use_cache=True).past_key_values
    return torch.stack([torch.cat([c.keys, c.values]) for c in cache.layers])


def attach(model: Any, kv: Tensor) -> Any:
    """Give a causal language model a prefix, in place; nothing else of it learns."""
    model.requires_grad_(False)
    model.model = Prefix(model.model, kv)
    return model
