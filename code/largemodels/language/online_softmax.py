"""Attention without its table of weights: keys come in tiles, and the softmax keeps up.

The running maximum and sum are Milakov and Gimelshein's (2018,
https://arxiv.org/abs/1805.02867); attention in memory that does not grow with T·S is
Rabe and Staats' (2021, https://arxiv.org/abs/2112.05682); tiles sized for fast memory
are FlashAttention (Dao and others, 2022, https://arxiv.org/abs/2205.14135).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor


def tiled_attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    causal: bool = False,
    tile: int = 128,
) -> Tensor:
    """Return the answers of `attend`, holding tile × tile weights at a time.

    q (..., T, d), k (..., S, d) and v (..., S, d_v) give (..., T, d_v).
    """
    answers = q.new_empty(*q.shape[:-1], v.shape[-1])
    for rows in tiles(q.shape[-2], tile):
        answers[..., rows, :] = answer(q, k, v, rows, causal, tile)
    return answers


def answer(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: slice,
    causal: bool,
    tile: int,
) -> Tensor:
    """Return the answers to the queries in these rows, (..., rows, d_v)."""
    q_rows = q[..., rows, :] / math.sqrt(q.shape[-1])
    best = q_rows.new_full((*q_rows.shape[:-1], 1), -math.inf)  # largest score so far
    total = torch.zeros_like(best)  # of the weights, each e^(score - best)
    blend = q_rows.new_zeros(*q_rows.shape[:-1], v.shape[-1])  # of the values
    for columns in tiles(rows.stop if causal else k.shape[-2], tile):
        scores = q_rows @ k[..., columns, :].mT  # (..., rows, columns)
        if causal:
            scores = hide_future(scores, rows, columns)
        new_best = best.maximum(scores.amax(dim=-1, keepdim=True))
        weights = (scores - new_best).exp()
        shrink = (best - new_best).exp()  # what was summed under an older maximum
        total = shrink * total + weights.sum(dim=-1, keepdim=True)
        blend = shrink * blend + weights @ v[..., columns, :]
        best = new_best
    return blend / total


def hide_future(scores: Tensor, rows: slice, columns: slice) -> Tensor:
    """Set to minus infinity the scores of keys that come after their query."""
    row = torch.arange(rows.start, rows.stop)[:, None]
    later = torch.arange(columns.start, columns.stop) > row
    return scores.masked_fill(later, -math.inf)


def tiles(length: int, tile: int) -> Iterator[slice]:
    """Cut 0 to length into slices of `tile` places; the last may be shorter."""
    for start in range(0, length, tile):
        yield slice(start, min(start + tile, length))
