"""NormalFloat: the sixteen levels of QLoRA, and what a parameter costs in bits.

Dettmers and others (2023), https://arxiv.org/abs/2305.14314.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 64  # weights that share one scale
TAIL = 0.9677083  # the outermost quantile asked for: 1 is at infinity


def normal_levels() -> Tensor:
    """Return NF4: sixteen quantiles of the normal curve, from -1 to 1, 0 among them.

    Seven below 0 and eight above, evenly apart in probability on each side.
    """
    normal = torch.distributions.Normal(0.0, 1.0)
    above = normal.icdf(torch.linspace(TAIL, 0.5, 9, dtype=torch.float64)[:-1])
    below = -normal.icdf(torch.linspace(TAIL, 0.5, 8, dtype=torch.float64)[:-1])
    levels = torch.cat([below, torch.zeros(1), above]).sort().values
    return (levels / levels.max()).float()


def even_levels(n: int = 15) -> Tensor:
    """Return n levels from -1 to 1, all equally far apart; fifteen are int4 with a zero."""
    return torch.arange(n) * 2 / (n - 1) - 1


def quantize(
    weights: Tensor,
    levels: Tensor,
    block: int = BLOCK,
) -> tuple[Tensor, Tensor]:
    """Return each weight's nearest level, uint8, and the scale of each block.

    A block's scale is its largest weight, sign aside. The number of weights must be a
    multiple of `block`, else ValueError.
    """
    if weights.numel() % block:
        raise ValueError(f"{weights.numel()} weights do not fill blocks of {block}.")
    rows = weights.reshape(-1, block)  # (blocks, block)
    scales = rows.abs().amax(1, keepdim=True)  # (blocks, 1)
    between = (levels[1:] + levels[:-1]) / 2  # where one level takes over from another
    safe = scales.clamp(min=torch.finfo(scales.dtype).tiny)  # zeros stay
    return torch.bucketize(rows / safe, between).to(torch.uint8), scales


def dequantize(numbers: Tensor, scales: Tensor, levels: Tensor) -> Tensor:
    """Return the weights that the numbers stand for, (blocks, block)."""
    return levels[numbers.long()] * scales


def relative_error(weights: Tensor, levels: Tensor) -> float:
    """Return what quantizing loses: the size of the error over that of the weights."""
    error = dequantize(*quantize(weights, levels), levels).flatten() - weights.flatten()
    return (error.norm() / weights.norm()).item()


def pack(numbers: Tensor) -> Tensor:
    """Put two numbers of four bits into each byte; their count must be even."""
    high, low = numbers.flatten().view(-1, 2).unbind(1)
    return high << 4 | low


def unpack(packed: Tensor) -> Tensor:
    """Return the numbers that `pack` put together, in one row."""
    return torch.stack([packed >> 4, packed & 15], dim=1).flatten()


def bits_a_weight(block: int = BLOCK, doubled: bool = True, group: int = 256) -> float:
    """Return what a weight costs: four bits and its share of the block's scale.

    A scale has 32 bits; quantized in its turn it has 8, and each group of scales a
    32-bit scale of its own.
    """
    scale = 8 + 32 / group if doubled else 32
    return 4 + scale / block
