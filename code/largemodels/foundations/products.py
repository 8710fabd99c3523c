"""One product of two matrices, written several ways: each hands compiled code a longer stretch of the work."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def by_numbers(A: Any, B: Any) -> list[list[Any]]:
    """Multiply (n, k) by (k, m): lists of lists, or whatever takes [i][j]."""
    n, m = len(A), len(B[0])
    C = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            for k in range(len(B)):
                C[i][j] += A[i][k] * B[k][j]
    return C


def by_zip(A: Sequence[Sequence[float]], B: Sequence[Sequence[float]]) -> list[list[float]]:
    """Multiply nested lists (n, k) and (k, m) the way that Python likes: no index in sight."""
    columns = list(zip(*B, strict=True))
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in A]


def by_dots(A: Tensor, B: Tensor) -> Tensor:
    """Multiply (n, k) by (k, m): a call for each number of the result."""
    columns = B.T.contiguous()
    return torch.stack([torch.stack([row @ column for column in columns]) for row in A])


def by_rows(A: Tensor, B: Tensor) -> Tensor:
    """Multiply (n, k) by (k, m): a call for each row, and each reads all of B."""
    columns = B.T.contiguous()
    return torch.stack([columns @ row for row in A])
