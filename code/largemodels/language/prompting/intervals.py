"""How sure a share is, and a difference between two ways to ask the same items."""

from __future__ import annotations

import math

import numpy as np

Z = 1.96  # of the normal distribution, 95 % lie within


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's score.

    Raises ValueError where there is nothing to count.
    """
    if not 0 <= right <= n or n == 0:
        raise ValueError(f"{right} right of {n} is no share: count at least one item.")
    p = right / n
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_bootstrap(
    a: np.ndarray,
    b: np.ndarray,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of mean(b) - mean(a), items (n,) drawn in pairs."""
    difference = b.astype(float) - a.astype(float)
    picks = np.random.default_rng(seed).integers(len(a), size=(draws, len(a)))
    low, high = np.quantile(difference[picks].mean(1), [0.025, 0.975])
    return float(low), float(high)


def mcnemar(a: np.ndarray, b: np.ndarray) -> float:
    """Return how likely so uneven a change is if a and b, (n,) booleans, are equal.

    Only items on which they differ count; each is a toss of a coin (exact, two-sided).
    """
    gained, lost = int((b & ~a).sum()), int((a & ~b).sum())
    n, k = gained + lost, min(gained, lost)
    tail = sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    return min(1.0, 2 * tail)
