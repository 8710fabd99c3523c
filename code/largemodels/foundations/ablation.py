"""Ways to train, to be compared: one change at a time, with the same seeds for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from largemodels.foundations.fitting import Batches, accuracy, minibatches, train

Labeled = tuple[Tensor, Tensor]  # inputs (n, ...) and labels (n,)


def constant(_progress: float) -> float:
    """Return 1 at every progress from 0 to 1: the rate stays as it is."""
    return 1.0


def unchanged(X: Tensor, _generator: Generator) -> Tensor:
    """Return a batch as it is."""
    return X


@dataclass(frozen=True)
class Recipe:
    """How to train by gradient descent; an ablation changes one of these."""

    epochs: int = 10
    rate: float = 0.1
    decay: float = 0.0  # of the weights
    size: int = 50  # of a batch
    schedule: Callable[[float], float] = constant  # progress, 0 to 1 -> times the rate
    augment: Callable[[Tensor, Generator], Tensor] = unchanged  # a batch of inputs


def learn(net: nn.Module, examples: Labeled, recipe: Recipe, seed: int) -> list[float]:
    """Train a network as the recipe says; return the loss before each step."""
    return [loss for losses in by_epoch(net, examples, recipe, seed) for loss in losses]


def by_epoch(net: nn.Module, examples: Labeled, recipe: Recipe, seed: int) -> Iterator[list[float]]:
    """Train a network as the recipe says; yield each epoch's losses when it is over."""
    steps = recipe.epochs * math.ceil(len(examples[0]) / recipe.size)
    optimizer = torch.optim.SGD(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    scheduler = LambdaLR(optimizer, lambda step: recipe.schedule(step / steps))
    generator = torch.Generator().manual_seed(seed)
    for _ in range(recipe.epochs):
        batches = scheduled(examples, recipe, scheduler, generator)
        yield train(net, F.cross_entropy, optimizer, batches)


def scheduled(examples: Labeled, recipe: Recipe, scheduler: LRScheduler, generator: Generator) -> Batches:
    """Yield the batches of an epoch; after each step, let the schedule go on."""
    for X, y in minibatches(*examples, recipe.size, generator):
        yield recipe.augment(X, generator), y
        scheduler.step()


def keep_best(
    net: nn.Module,
    examples: Labeled,
    held_out: Labeled,
    recipe: Recipe,
    seed: int,
) -> int:
    """Train, then go back to the epoch that did best on held-out data; return which."""
    best, best_epoch, kept = -1.0, 0, {}
    for epoch, _ in enumerate(by_epoch(net, examples, recipe, seed), start=1):
        score = accuracy(net, *held_out)
        if score > best:
            best, best_epoch, kept = score, epoch, deepcopy(net.state_dict())
    net.load_state_dict(kept)
    return best_epoch


def paired_gain(before: Sequence[float] | np.ndarray, after: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return the mean gain from before to after, seed by seed, and its standard error.

    Both hold a result for each seed, in the same order, two seeds at least.
    """
    gains = np.subtract(after, before)
    return float(gains.mean()), float(gains.std(ddof=1) / math.sqrt(len(gains)))
