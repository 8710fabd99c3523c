"""A training that works. Its stages are methods, so that a patient can get a single one wrong."""

# mypy: disable-error-code="misc, operator"
# (p.grad may be None, says its type; after backward it is not.)

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.core.seed import seed_everything
from largemodels.foundations.mnist import load_mnist

TRAIN, TEST, BATCH = 1500, 1000, 50  # images
Digits = tuple[np.ndarray, np.ndarray]  # images (n, 28, 28), labels (n,)


class Healthy:
    """A small network that learns digits: 200 steps, nearly 9 of 10 right."""

    fault = "healthy"
    rate, steps = 0.1, 200
    width, depth = 64, 2  # of the hidden layers

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.rng = seed_everything(seed)
        train, test = self.split(*raw_digits())
        self.train = self.prepare(train[0]), torch.from_numpy(train[1])
        self.test = self.prepare(test[0]), torch.from_numpy(test[1])
        self.network = self.build()

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        """Draw TRAIN and TEST images with their labels, none of them twice."""
        rows = self.rng.choice(len(images), TRAIN + TEST, replace=False)
        images, labels = images[rows], labels[rows]
        return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])

    def prepare(self, images: np.ndarray) -> Tensor:
        """Turn bytes (n, 28, 28) into inputs (n, 1, 28, 28) of mean 0 and deviation 1."""
        pixels = torch.from_numpy(images).unsqueeze(1) / 255
        return (pixels - 0.13) / 0.31

    def build(self) -> nn.Sequential:
        """Return a multilayer perceptron, inputs (n, 1, 28, 28) to scores (n, 10)."""
        layers: list[nn.Module] = [nn.Flatten()]
        for n_in, n_out in pairwise([28 * 28] + self.depth * [self.width]):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        return nn.Sequential(*layers, nn.Dropout(0.3), nn.Linear(self.width, 10))

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images (BATCH, 1, 28, 28) and labels (BATCH,), epoch after epoch."""
        images, labels = self.train
        torch.manual_seed(self.seed)  # order and dropout are this run's own
        while True:
            for rows in torch.randperm(len(images)).split(BATCH):
                yield images[rows], labels[rows]

    def step(self, images: Tensor, labels: Tensor) -> float:
        """Learn from one batch; return its loss before the step."""
        self.network.zero_grad()
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        with torch.no_grad():
            for p in self.network.parameters():
                p -= self.rate * p.grad
        return loss.item()

    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """Return the share of images whose highest score is that of their label."""
        self.network.eval()
        with torch.no_grad():
            guesses = self.network(images).argmax(dim=1)
        self.network.train()
        return (guesses == labels).float().mean().item()


class HealthyCNN(Healthy):
    """The same training of a small convolutional network."""

    width = 16  # channels

    def build(self) -> nn.Sequential:
        """Return a convolutional network, inputs (n, 1, 28, 28) to scores (n, 10)."""
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise([1] + self.depth * [self.width]):
            halve = nn.Conv2d(n_in, n_out, kernel_size=3, stride=2, padding=1)
            layers += [halve, nn.ReLU()]
        side = -(-28 // 2**self.depth)  # 28, 14, 7, 4, 2, ...
        head = nn.Linear(self.width * side**2, 10)
        return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), head)


def convolutional(patient: type[Healthy]) -> type[Healthy]:
    """Return the patient with the same fault and a convolutional network."""
    bases = (HealthyCNN,) if patient is Healthy else (patient, HealthyCNN)
    return type(f"{patient.__name__}CNN", bases, {})


@cache
def raw_digits() -> Digits:
    """Load 5,000 images as a file holds them, (5000, 28, 28) from 0 to 255, and their digits.

    Raises StoreError where they can't be had.
    """
    images, digits = load_mnist()
    return 255 * images, digits
