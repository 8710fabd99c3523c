"""Which patches of some pictures excite a channel most?

After Zeiler and Fergus (2014, https://arxiv.org/abs/1311.2901).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Place:
    """Where a channel answers: the picture's number, a pixel, and how strongly."""

    picture: int
    row: int
    column: int
    strength: float


def strongest(maps: Tensor, count: int, side: int) -> list[Place]:
    """Find the places, one a neighborhood, where a channel's answers are largest.

    Maps are (n, rows, columns), one a picture of `side` pixels; pixels are those at the
    middle of what an output sees. A neighborhood is 3 x 3 outputs: of these, only the
    largest is a place.
    """
    peaks = maps == F.max_pool2d(maps, 3, stride=1, padding=1)
    values = maps.where(peaks, -torch.inf).flatten()
    best, where = values.topk(min(count, int(peaks.sum())))
    rows, columns = maps.shape[1:]
    jump = side / rows  # pixels from one output to the next
    places = []
    for strength, index in zip(best.tolist(), where.tolist(), strict=True):
        n, rest = divmod(index, rows * columns)
        row, column = divmod(rest, columns)
        middle = int((row + 0.5) * jump), int((column + 0.5) * jump)
        places.append(Place(n, *middle, strength))
    return places


def patch(pictures: Tensor, place: Place, side: int) -> Tensor:
    """Cut out the square around a place, gray where it is outside: (3, side, side)."""
    half = side // 2
    wide = F.pad(pictures[place.picture], (half, side, half, side))
    return wide[:, place.row : place.row + side, place.column : place.column + side]
