"""How many steps a training needs, by the size of its batch: fewer with larger ones, down to a floor.

The law is S = S_min (1 + B_crit / B) of McCandlish and others, 2018, https://arxiv.org/abs/1812.06162, eq. 2.7 and
5.1. `batches.csv` holds what `python -m largemodels.scaling.batches_record` has recorded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from largemodels.foundations.mnist import load_mnist

RECORDED = Path(__file__).with_name("batches.csv")
COLUMNS = ["batch", "rate", "seed", "steps"]
BATCHES = (8, 16, 32, 64, 128, 256, 512, 1024)
RATES = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.4, 1.8)
SEEDS = range(5)
TARGET, LIMIT = 0.3, 1500  # nats on held-out digits; steps after which a run is given up
HELD_OUT, EVERY = 1000, 2  # digits, and steps between two looks at them


def steps_to_target(batch: int, rate: float, seed: int) -> int:
    """Train on digits with plain gradient descent; return the step at which the target is met, or LIMIT."""
    pixels, digits = shuffled()
    weights = start(seed)
    rng = torch.Generator().manual_seed(seed)
    for step in range(1, LIMIT):
        chosen = torch.randint(HELD_OUT, len(digits), (batch,), generator=rng)
        loss = F.cross_entropy(scores(weights, pixels[chosen]), digits[chosen])
        with torch.no_grad():
            for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight -= rate * gradient
            if step % EVERY == 0 and held_out_loss(weights) < TARGET:
                return step
    return LIMIT


def start(seed: int) -> list[Tensor]:
    """Draw the weights of two layers, 64 wide."""
    rng = torch.Generator().manual_seed(1000 + seed)
    wide, narrow = torch.randn(784, 64, generator=rng) / 28, torch.randn(64, 10, generator=rng) / 8
    return [weight.requires_grad_() for weight in (wide, torch.zeros(64), narrow, torch.zeros(10))]


def scores(weights: list[Tensor], pixels: Tensor) -> Tensor:
    """Return the scores of each digit, (batch, 10)."""
    wide, first, narrow, last = weights
    return (pixels @ wide + first).relu() @ narrow + last


def held_out_loss(weights: list[Tensor]) -> float:
    """Return the mean loss on digits that are not trained on."""
    pixels, digits = shuffled()
    return F.cross_entropy(scores(weights, pixels[:HELD_OUT]), digits[:HELD_OUT]).item()


@cache
def shuffled() -> tuple[Tensor, Tensor]:
    """Return the digits in an order without order: pixels (5000, 784) and labels (5000,)."""
    images, digits = (torch.from_numpy(array) for array in load_mnist())
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    return images.flatten(1)[order], digits[order]


def recorded() -> pd.DataFrame:
    """Return the recorded runs."""
    return pd.read_csv(RECORDED)


def best(runs: pd.DataFrame) -> pd.DataFrame:
    """Return, for each batch, the rate with the fewest steps, by the median over seeds, and those of all seeds."""
    medians = runs.groupby(["batch", "rate"])["steps"].median()
    chosen = medians.groupby("batch").idxmin()
    found = runs.set_index(["batch", "rate"]).loc[list(chosen)].groupby(["batch", "rate"])["steps"]
    return found.agg(["min", "median", "max"]).reset_index("rate")


def fit(batches: np.ndarray, steps: np.ndarray) -> tuple[float, float]:
    """Return S_min and B_crit: the line through steps against 1 / batch, relative errors counting alike."""
    rows = np.stack([np.ones(len(batches)), 1 / batches], axis=1) / steps[:, None]
    (floor, slope), *_ = np.linalg.lstsq(rows, np.ones(len(batches)), rcond=None)
    return float(floor), float(slope / floor)
