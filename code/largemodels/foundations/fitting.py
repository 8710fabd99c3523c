"""The training loop of the rest of the book, what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Generator, Tensor, nn

from largemodels.foundations import optimizers, tiny_nn

Model = nn.Module | tiny_nn.Module
Optimizer = torch.optim.Optimizer | optimizers.Optimizer
Batches = Iterable[tuple[Tensor, Tensor]]  # inputs and answers


def minibatches(X: Tensor, y: Tensor, size: int, generator: Generator) -> Batches:
    """Yield every example once, `size` at a time, in random order: an epoch."""
    order = torch.randperm(len(X), generator=generator)
    for chosen in order.split(size):  # the last may be fewer
        yield X[chosen], y[chosen]


def train(
    model: Model,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    optimizer: Optimizer,
    batches: Batches,
) -> list[float]:
    """Take one step for each batch; return the loss of each batch before its step."""
    model.train()
    losses = []
    for X, y in batches:
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def accuracy(model: Model, X: Tensor, y: Tensor) -> float:
    """Return the share of X, (n, ...), whose largest score is the one at y, (n,)."""
    training = model.training
    model.eval()
    right = model(X).argmax(dim=1) == y
    model.train(training)  # as it was
    return right.double().mean().item()
