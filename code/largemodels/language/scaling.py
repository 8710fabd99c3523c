"""Scaling laws of tiny GPTs: loss against size and text, and a law fitted to them.

The law is Chinchilla's (Hoffmann et al., 2022), L(N, D) = E + A / N^α + B / D^β, with N
the parameters other than the embedding's and D the tokens read. `scaling.csv` holds
what `python -m largemodels.language.scaling_record` has recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from largemodels.language.gpt import GPT, Config, llama
from largemodels.language.pretraining import Plan, Pretraining, validate
from largemodels.language.texts import Characters, load_shakespeare

RECORDED = Path(__file__).with_name("scaling.csv")
COLUMNS = ["width", "layers", "steps", "seed", "parameters", "tokens", "loss"]
BATCH, LENGTH = 16, 64  # windows a step, characters a window
WINDOWS = 1024  # of the validation text
SHAPES = {16: 1, 24: 2, 32: 2, 48: 3, 64: 3, 96: 4}  # width: layers
STEPS = (125, 250, 500, 1000, 2000)  # each is a run of its own: the rate must come down


@dataclass(frozen=True, order=True)
class Run:
    """One tiny GPT, trained for some steps, from a seed."""

    width: int
    layers: int
    steps: int
    seed: int

    @property
    def config(self) -> Config:
        """Return the model's settings; heads are 16 wide."""
        return llama(83, LENGTH, self.width, self.layers, max(1, self.width // 16))

    @property
    def parameters(self) -> int:
        """Return N: all parameters other than the embedding's."""
        model = GPT(self.config)
        return sum(p.numel() for p in model.parameters()) - model.embed.weight.numel()

    @property
    def tokens(self) -> int:
        """Return D: the characters read."""
        return self.steps * BATCH * LENGTH

    def row(self) -> list[int]:
        """Return the run's columns of the table."""
        made = [self.width, self.layers, self.steps, self.seed]
        return [*made, self.parameters, self.tokens]


COSTLY = {(48, 2000), (96, 500), (96, 1000), (96, 2000)}  # left out
PAIRS = [(w, s) for w in SHAPES for s in STEPS if (w, s) not in COSTLY]
GRID = [Run(w, SHAPES[w], s, 0) for w, s in PAIRS]
AGAIN = [Run(w, SHAPES[w], 250, seed) for w in SHAPES if w < 96 for seed in (1, 2)]
RUNS = sorted(GRID + AGAIN, key=lambda run: run.parameters * run.tokens)


def loss_of(run: Run) -> float:
    """Train, and return the validation loss in nats a character."""
    train, held_out = encoded()
    torch.manual_seed(run.seed)
    rate = 3e-3 * (128 / run.width) ** 0.5  # the wider, the slower
    plan = Plan(run.steps, BATCH, LENGTH, rate, warmup=min(50, run.steps // 5))
    training = Pretraining(GPT(run.config), train, plan, run.seed)
    for _ in range(run.steps):
        training.step()
    return validate(training.model, held_out, LENGTH, WINDOWS)


@cache
def encoded() -> tuple[Tensor, Tensor]:
    """Return the training text and the validation text as characters' numbers."""
    texts = load_shakespeare()
    alphabet = Characters.of(*texts)
    return alphabet.encode(texts[0]), alphabet.encode(texts[1])


def recorded() -> pd.DataFrame:
    """Return the recorded runs: the columns of COLUMNS."""
    return pd.read_csv(RECORDED)


@dataclass(frozen=True)
class Law:
    """L(N, D) = E + A / N^alpha + B / D^beta."""

    E: float
    A: float
    alpha: float
    B: float
    beta: float

    def __call__(self, N: np.ndarray, D: np.ndarray) -> np.ndarray:
        """Return the loss that the law gives for sizes N and tokens D."""
        return self.E + self.A * N**-self.alpha + self.B * D**-self.beta


CHINCHILLA = Law(1.69, 406.4, 0.34, 410.7, 0.28)  # Hoffmann et al. (2022)
REFITTED = Law(1.8172, 482.01, 0.3478, 2085.43, 0.3658)  # Besiroglu et al. (2024)
EXPONENTS = np.arange(0.04, 1.5, 0.02)


Values = np.ndarray  # a number for each run


def fit(N: Values, D: Values, loss: Values, floor: float | None = None) -> Law:
    """Return the law of least squares: exponents from a grid, the rest by algebra.

    E is fitted too, unless `floor` gives it. E, A and B may not come out negative;
    ValueError where one of them always does.
    """
    alpha, beta = (grid.ravel() for grid in np.meshgrid(EXPONENTS, EXPONENTS))
    parts = [np.ones((len(alpha), len(loss)))]  # (pairs of exponents, runs) each
    parts += [(N / N.min()) ** -alpha[:, None], (D / D.min()) ** -beta[:, None]]
    X = np.stack(parts if floor is None else parts[1:], axis=2)
    rest = loss - (floor or 0.0)
    solutions = np.linalg.pinv(X) @ rest  # (pairs, 3), or 2
    errors = ((X @ solutions[:, :, None])[:, :, 0] - rest) ** 2  # (pairs, runs)
    allowed = (solutions >= 0).all(axis=1)
    if not allowed.any():
        raise ValueError("No law fits these losses; look at them for mistakes.")
    best = np.where(allowed, errors.sum(axis=1), np.inf).argmin()
    a, b = alpha[best], beta[best]
    E, A, B = solutions[best] if floor is None else (floor, *solutions[best])
    return Law(E, A * N.min() ** a, a, B * D.min() ** b, b)


def miss(law: Law, runs: pd.DataFrame) -> float:
    """Return by how much the law misses the runs' losses, root mean square."""
    N, D, loss = columns(runs)
    return float(np.sqrt(np.mean((law(N, D) - loss) ** 2)))


def usable(runs: pd.DataFrame) -> pd.DataFrame:
    """Leave out the shortest runs: hardly more than their warmup."""
    return runs[runs.steps > STEPS[0]]


def resampled(runs: pd.DataFrame, n: int, seed: int) -> list[Law]:
    """Return the laws of n tables, each of as many runs drawn with replacement."""
    rng = np.random.default_rng(seed)
    drawn = [runs.iloc[rng.integers(len(runs), size=len(runs))] for _ in range(n)]
    return [fit(*columns(table)) for table in drawn]


def columns(runs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `fit` takes: parameters, tokens, loss."""
    N, D, loss = (runs[name].to_numpy(float) for name in ("parameters", "tokens", "loss"))
    return N, D, loss
