"""Latent attention: remember one small vector a token, not all keys and values.

The core of DeepSeek-V2 (2024), without the compression of its queries. Keys and values
are linear in a latent c: k = Uₖ c, v = Uᵥ c. Since q · Uₖ c = Uₖᵀ q · c, queries can be
carried to the latents instead of latents to the keys, and only c need be kept. Rotary
positions would stand between Uₖᵀ and q; so a few more dimensions, shared by all heads,
carry the positions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.language.gpt import Config, turn, turning


class LatentAttention(nn.Module):
    """Causal attention that caches (latent + rotary) numbers a token."""

    def __init__(self, config: Config, latent: int, rotary: int) -> None:
        super().__init__()
        self.config, self.rotary = config, rotary
        heads, d_head, width = config.heads, config.d_head, config.width
        self.q = nn.Linear(width, heads * (d_head + rotary), bias=False)
        self.down = nn.Linear(width, latent, bias=False)
        self.place = nn.Linear(width, rotary, bias=False)
        self.up_k = nn.Parameter(torch.randn(heads, d_head, latent) / math.sqrt(latent))
        self.up_v = nn.Parameter(torch.randn(heads, d_head, latent) / math.sqrt(latent))
        self.out = nn.Linear(width, width, bias=False)
        self.scale = 1 / math.sqrt(d_head + rotary)

    def remembered(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is cached: latents, (batch, time, latent), and turned keys."""
        return self.down(x), turn(self.place(x), self.turns(x))

    def queries(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the parts for content and place, (batch, heads, time, ...) each."""
        q = self.q(x).unflatten(-1, (self.config.heads, -1)).transpose(1, 2)
        content, place = q.split([self.config.d_head, self.rotary], dim=-1)
        return content, turn(place, self.turns(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, time, width), by every head's keys and values: to train."""
        c, k_place = self.remembered(x)
        k = torch.einsum("btl,hdl->bhtd", c, self.up_k)
        v = torch.einsum("btl,hdl->bhtd", c, self.up_v)
        k_place = k_place[:, None].expand(-1, self.config.heads, -1, -1)
        k = torch.cat([k, k_place], dim=-1)  # (batch, heads, time, d_head + rotary)
        q = torch.cat(self.queries(x), dim=-1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).flatten(2))

    def absorbed(self, x: Tensor) -> Tensor:
        """Return the same, and never make a key or a value: for generating."""
        c, k_place = self.remembered(x)
        q, q_place = self.queries(x)
        q = torch.einsum("bhtd,hdl->bhtl", q, self.up_k)  # queries for latents
        scores = q @ c[:, None].mT + q_place @ k_place[:, None].mT
        future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        attention = (scores * self.scale).masked_fill(future, -torch.inf).softmax(-1)
        read = attention @ c[:, None]  # (batch, heads, time, latent)
        y = torch.einsum("bhtl,hdl->bhtd", read, self.up_v)
        return self.out(y.transpose(1, 2).flatten(2))

    def turns(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the angles' cosines and sines, (time, rotary)."""
        return turning(torch.arange(x.shape[1]), self.rotary, self.config.base)
