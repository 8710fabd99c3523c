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


Known = tuple[Tensor, Tensor, Tensor]  # largest score, sum of weights, blend


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
    best = q_rows.new_full((*q_rows.shape[:-1], 1), -math.inf)
    nothing = q_rows.new_zeros(*q_rows.shape[:-1], v.shape[-1])
    known = best, torch.zeros_like(best), nothing
    S = k.shape[-2]
    for columns in tiles(min(rows.stop, S) if causal else S, tile):
        scores = q_rows @ k[..., columns, :].mT  # (..., rows, columns)
        if causal:
            scores = hide_future(scores, rows, columns)
        known = fold(known, scores, v[..., columns, :])
    _, total, blend = known
    return blend / total


def fold(known: Known, scores: Tensor, v: Tensor) -> Known:
    """Add a tile: its scores (..., rows, columns) and values (..., columns, d_v)."""
    best, total, blend = known
    new_best = best.maximum(scores.amax(dim=-1, keepdim=True))
    weights = (scores - new_best).exp()
    shrink = (best - new_best).exp()  # what was summed under an older maximum
    total = shrink * total + weights.sum(dim=-1, keepdim=True)
    blend = shrink * blend + weights @ v
    return new_best, total, blend


def hide_future(scores: Tensor, rows: slice, columns: slice) -> Tensor:
    """Set to minus infinity the scores of keys that come after their query."""
    row = torch.arange(rows.start, rows.stop)[:, None]
    later = torch.arange(columns.start, columns.stop) > row
    return scores.masked_fill(later, -math.inf)


def tiles(length: int, tile: int) -> Iterator[slice]:
    """Cut 0 to length into slices of `tile` places; the last may be shorter."""
    for start in range(0, length, tile):
        yield slice(start, min(start + tile, length))
