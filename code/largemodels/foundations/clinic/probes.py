"""Small experiments that a log can't replace: questions to the data, to the network, to the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from largemodels.foundations.clinic.healthy import Healthy
from largemodels.foundations.fitting import accuracy


def twins(train: Tensor, test: Tensor) -> Tensor:
    """Return which test images have a copy, give or take noise, in train: (n,) of bool."""
    return copies(torch.cdist(test.flatten(1), train.flatten(1))).any(dim=1)


def neighbor_agreement(images: Tensor, labels: Tensor) -> float:
    """Return the share of images whose nearest other image has the same label."""
    distance = torch.cdist(images.flatten(1), images.flatten(1))  # (n, n)
    distance[copies(distance)] = torch.inf  # itself among them
    return (labels[distance.argmin(dim=1)] == labels).float().mean().item()


def copies(distance: Tensor) -> Tensor:
    """Return which pairs are far closer than two images usually are, (n, m) of bool."""
    return distance < 0.05 * distance.mean()


def fickleness(patient: Healthy) -> float:
    """Return the share of test answers that change when images come in tens, not all at once.

    Each image gets two answers, by the same network, through the patient's `accuracy`.
    """
    answers: list[Tensor] = []
    hook = patient.network.register_forward_hook(
        lambda _module, _inputs, scores: answers.append(scores.argmax(dim=1))
    )  # fmt: skip
    images, labels = patient.test
    patient.accuracy(images, labels)
    for ten in torch.arange(len(images)).split(10):
        patient.accuracy(images[ten], labels[ten])
    hook.remove()
    return (answers[0] != torch.cat(answers[1:])).float().mean().item()


@dataclass(frozen=True)
class Overfit:
    """How well a fresh patient learned a single batch by heart."""

    loss: float  # in eval mode
    accuracy: float


def overfit_one_batch(patient: Healthy, steps: int = 100) -> Overfit:
    """Train a fresh patient, in place, on its first batch again and again."""
    images, labels = next(patient.batches())
    for _ in range(steps):
        patient.step(images, labels)
    patient.network.eval()
    with torch.no_grad():
        scores = patient.network(images)
    patient.network.train()
    loss = F.cross_entropy(scores, labels).item()
    return Overfit(loss, accuracy(patient.network, images, labels))


def stretch(patient: Healthy, factors: np.ndarray) -> np.ndarray:
    """Take a step; return its batch's loss, had it been `factors` times as long, (n,).

    Dropout is off, so that nothing but the step differs. The patient is left stretched.
    """
    images, labels = next(patient.batches())
    parameters = list(patient.network.parameters())
    old = [p.detach().clone() for p in parameters]
    patient.step(images, labels)
    new = [p.detach().clone() for p in parameters]
    losses = []
    patient.network.eval()
    with torch.no_grad():
        for factor in factors.tolist():
            for p, a, b in zip(parameters, old, new, strict=True):
                p.copy_(a + factor * (b - a))
            losses.append(F.cross_entropy(patient.network(images), labels).item())
    return np.array(losses)
