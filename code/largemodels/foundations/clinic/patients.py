"""Twelve trainings that go wrong. Each is the healthy one with a single stage done wrong."""

# mypy: disable-error-code="misc, operator"
# (p.grad may be None, says its type; after backward it is not.)

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from difflib import unified_diff

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.foundations.clinic.healthy import TEST, TRAIN, Digits, Healthy


class UnnormalizedInputs(Healthy):
    """Layers are initialized for inputs near 1, and get bytes."""

    fault = "unnormalized inputs"

    def prepare(self, images: np.ndarray) -> Tensor:
        """Turn bytes (n, 28, 28) into inputs (n, 1, 28, 28)."""
        return torch.from_numpy(images).unsqueeze(1)


class Leak(Healthy):
    """`choice` draws with replacement unless told: images land on both sides."""

    fault = "leak"

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        """Draw TRAIN and TEST images with their labels."""
        rows = self.rng.choice(len(images), TRAIN + TEST)
        images, labels = images[rows], labels[rows]
        return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])


class ShuffledLabels(Healthy):
    """Images and labels are shuffled, each in an order of their own."""

    fault = "shuffled labels"

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        """Shuffle, then draw TRAIN and TEST images with their labels."""
        images, labels = self.rng.permutation(images), self.rng.permutation(labels)
        return super().split(images, labels)


class ExplodingGradients(Healthy):
    """Many layers, each of which multiplies what passes through it, forth and back."""

    fault = "exploding gradients"
    depth = 8

    def build(self) -> nn.Sequential:
        """Return a deep network with weights of deviation 1, whatever the width."""
        network = super().build()
        for p in network.parameters():
            nn.init.normal_(p)
        return network


class VanishingGradients(Healthy):
    """A deep network starts as PyTorch draws it, a sixth of the variance ReLUs need."""

    fault = "vanishing gradients"
    depth = 8


class DeadReLUs(Healthy):
    """No input overcomes the bias, so every unit says 0, and no gradient passes."""

    fault = "dead ReLUs"

    def build(self) -> nn.Sequential:
        """Return a network whose units start with a negative bias."""
        network = super().build()
        for name, p in network.named_parameters():
            if name.endswith("bias"):
                nn.init.constant_(p, -5.0)
        return network


class DoubleSoftmax(Healthy):
    """The loss expects scores, applies a softmax itself, and gets probabilities."""

    fault = "double softmax"

    def build(self) -> nn.Sequential:
        """Return a network from inputs (n, 1, 28, 28) to probabilities (n, 10)."""
        return nn.Sequential(*super().build(), nn.Softmax(dim=1))


class WrongSign(Healthy):
    """The step goes up the gradient."""

    fault = "wrong sign"

    def step(self, images: Tensor, labels: Tensor) -> float:
        """Learn from one batch; return its loss before the step."""
        self.network.zero_grad()
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        with torch.no_grad():
            for p in self.network.parameters():
                p += self.rate * p.grad
        return loss.item()


class NoZeroGrad(Healthy):
    """Gradients are never cleared: each step follows the sum of all so far."""

    fault = "no zero_grad"

    def step(self, images: Tensor, labels: Tensor) -> float:
        """Learn from one batch; return its loss before the step."""
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        with torch.no_grad():
            for p in self.network.parameters():
                p -= self.rate * p.grad
        return loss.item()


class RateTooHigh(Healthy):
    """Each step overshoots."""

    fault = "rate too high"
    rate = 3.0


class RateTooLow(Healthy):
    """All steps together lead nowhere."""

    fault = "rate too low"
    rate = 1e-4


class EvalForgotten(Healthy):
    """Dropout goes on in the examination."""

    fault = "eval mode forgotten"

    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """Return the share of images whose highest score is that of their label."""
        with torch.no_grad():
            guesses = self.network(images).argmax(dim=1)
        return (guesses == labels).float().mean().item()


PATIENTS: list[type[Healthy]] = [
    UnnormalizedInputs,
    Leak,
    ShuffledLabels,
    ExplodingGradients,
    DeadReLUs,
    DoubleSoftmax,
    VanishingGradients,
    WrongSign,
    NoZeroGrad,
    RateTooHigh,
    RateTooLow,
    EvalForgotten,
]  # in the order of the stages, from the data to the examination


def difference(patient: type[Healthy]) -> str:
    """Return what the patient does otherwise than the healthy one, as a bare diff."""
    lines: list[str] = []
    for name, theirs in vars(patient).items():
        if inspect.isfunction(theirs):
            lines += _code_difference(getattr(Healthy, name), theirs)
        elif name in ("rate", "depth", "width", "steps"):
            lines += [f"-{name} = {getattr(Healthy, name)}", f"+{name} = {theirs}"]
    return "\n".join(lines)


def _code_difference(ours: Callable, theirs: Callable) -> list[str]:
    if "super()" in inspect.getsource(theirs):  # goes on from ours: nothing is taken away
        return ["+" + line for line in _body(theirs)]
    diff = unified_diff(_body(ours), _body(theirs), n=0, lineterm="")
    return [line for line in diff if line[:2] not in ("--", "++", "@@")]


def _body(function: Callable) -> list[str]:
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    return [line.removeprefix("    ") for line in lines[1:] if '"""' not in line]
