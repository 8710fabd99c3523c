"""Attention: a look-up that answers with a blend, and several of them side by side.

The scaled dot product and the heads of Vaswani and others (2017,
https://arxiv.org/abs/1706.03762), sections 3.2.1 and 3.2.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Answer each query with the values, weighted by how well their keys match it.

    q (..., T, d), k (..., S, d) and v (..., S, d_v) give the answers (..., T, d_v) and
    the weights (..., T, S), whose rows add up to 1. A mask (..., T, S) is true where a
    query may look; each query needs one such place, or its answer is not a number.
    """
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)  # (..., T, S)
    return weights @ v, weights  # (..., T, d_v)


def causal_mask(T: int) -> Tensor:
    """Return the mask (T, T) under which each place looks at itself and before."""
    return torch.ones(T, T, dtype=torch.bool).tril()


def unturned(x: Tensor) -> Tensor:
    """Return queries or keys as they are: no rotary positions."""
    return x


class MultiHead(nn.Module):
    """Attend several times at once, each time in a subspace of its own.

    `turn` is laid on each head's queries and keys, (batch, heads, T, d_head): the place
    for rotary positions. Raises ValueError where heads don't share d_model evenly.
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        turn: Callable[[Tensor], Tensor] = unturned,
    ) -> None:
        super().__init__()
        if d_model % heads:
            uneven = f"{heads} heads can't share {d_model} features evenly"
            raise ValueError(f"{uneven}; choose a divisor.")
        self.heads = heads
        self.turn = turn
        self.query = nn.Linear(d_model, d_model)
        self.key = nn.Linear(d_model, d_model)
        self.value = nn.Linear(d_model, d_model)
        self.output = nn.Linear(d_model, d_model)

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Let each place of x (batch, T, d_model) ask x, or another context."""
        return self.look(x, context, mask)[0]

    def look(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the answers, and the weights (batch, heads, T, S) behind them."""
        source = x if context is None else context  # (batch, S, d_model)
        q = self.turn(self.split(self.query(x)))  # (batch, heads, T, d_head)
        k = self.turn(self.split(self.key(source)))  # (batch, heads, S, d_head)
        v = self.split(self.value(source))  # (batch, heads, S, d_head)
        answers, weights = attend(q, k, v, mask)
        joined = answers.transpose(1, 2).flatten(2)  # (batch, T, d_model)
        return self.output(joined), weights

    def split(self, x: Tensor) -> Tensor:
        """Cut (batch, T, d_model) into heads: (batch, heads, T, d_head)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)
