"""Where a word stands, told to a network that can't see it: three ways.

Sines and a learned table are added to the words; both are in Vaswani and others (2017,
https://arxiv.org/abs/1706.03762, section 3.5). Rotary positions turn queries and keys
(Su and others, 2021, https://arxiv.org/abs/2104.09864).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def frequencies(d: int, base: float = 10_000.0) -> Tensor:
    """Return d/2 angles per step, (d/2,), from 1 radian down to almost 1/base."""
    return base ** -(torch.arange(0, d, 2) / d)


def sines(T: int, d: int) -> Tensor:
    """Return a table (T, d): sines and cosines of place times frequency."""
    angles = torch.arange(T)[:, None] * frequencies(d)  # (T, d/2)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)  # (T, d)


class Sinusoidal(nn.Module):
    """Add the table of sines to words (batch, T, d); any length will do."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x plus its places' sines."""
        return x + sines(*x.shape[1:])


class Learned(nn.Module):
    """Add a learned vector for each place to words (batch, T, d), T <= longest."""

    def __init__(self, longest: int, d: int) -> None:
        super().__init__()
        self.table = nn.Embedding(longest, d)
        nn.init.normal_(self.table.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        """Return x plus its places' vectors."""
        return x + self.table.weight[: x.shape[1]]


def rotary(x: Tensor, start: int = 0, base: float = 10_000.0) -> Tensor:
    """Turn each pair of numbers of x (..., T, d) by its place times its frequency.

    Numbers i and i + d/2 are a pair, as in Llama's code; the paper pairs neighbors. The
    first place is `start`. A turned query times a turned key depends on their distance
    only, and no vector changes its length.
    """
    T, d = x.shape[-2:]
    places = torch.arange(start, start + T)
    angles = places[:, None] * frequencies(d, base)  # (T, d/2)
    cos, sin = angles.cos(), angles.sin()
    a, b = x.chunk(2, dim=-1)  # (..., T, d/2) each
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
