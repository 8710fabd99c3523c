"""Sizes, rates, optimizers and bugs beyond the clinic's patients; its limits were mended until they fit these, too."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.foundations.clinic.diagnose import diagnose
from largemodels.foundations.clinic.healthy import TRAIN, Digits, Healthy, HealthyCNN
from largemodels.foundations.clinic.patients import PATIENTS, EvalForgotten, RateTooHigh, RateTooLow
from largemodels.foundations.clinic.record import examine

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("one_thread")]
SEED = 301


def changed(patient: type[Healthy], **changes: float) -> type[Healthy]:
    words = [patient.__name__, *(f"{name}={value}" for name, value in changes.items())]
    return type(" ".join(words), (patient,), changes)


OTHER_SIZES = [changed(p, width=32) for p in [Healthy, *PATIENTS]]
OTHER_SIZES_AND_RATES = [
    *(changed(p, width=128, depth=max(p.depth, 3)) for p in [Healthy, *PATIENTS]),
    *(changed(p, rate=0.04) for p in [Healthy, *PATIENTS] if p not in (RateTooLow, RateTooHigh)),
]
OTHER_RATES = [
    changed(Healthy, rate=0.2),
    changed(RateTooHigh, rate=1.0),
    changed(RateTooHigh, rate=8.0),
    changed(RateTooLow, rate=1e-5),
    changed(RateTooLow, rate=1e-3),
]


class WithOptimizer(Healthy):
    """The training as most people write it."""

    def build(self) -> nn.Sequential:
        self.network = super().build()
        self.optimizer = self.choose()
        return self.network

    def choose(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), lr=0.003)

    def step(self, images: Tensor, labels: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Momentum(WithOptimizer):
    def choose(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.network.parameters(), lr=0.03, momentum=0.9)


class DecayedAdam(WithOptimizer):
    def choose(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.network.parameters(), lr=0.003, weight_decay=0.1)


class MaximizingAdam(WithOptimizer):
    fault = "wrong sign"

    def choose(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), lr=0.003, maximize=True)


class AdamWithoutZeroGrad(WithOptimizer):
    fault = "no zero_grad"

    def step(self, images: Tensor, labels: Tensor) -> float:
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class MomentumWithoutZeroGrad(Momentum, AdamWithoutZeroGrad):
    fault = "no zero_grad"
    step = AdamWithoutZeroGrad.step


class HastyAdam(WithOptimizer):
    fault = "rate too high"

    def choose(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), lr=0.3)


class Clipped(WithOptimizer):
    def step(self, images: Tensor, labels: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(images), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 0.5)
        self.optimizer.step()
        return loss.item()


class NegatedLoss(WithOptimizer):
    fault = "wrong sign"

    def step(self, images: Tensor, labels: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(images), labels)
        (-loss).backward()
        self.optimizer.step()
        return loss.item()


class SoftmaxInLoss(WithOptimizer):
    fault = "double softmax"

    def step(self, images: Tensor, labels: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(images).softmax(dim=1), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class LogSoftmax(Healthy):  # harmless: the softmax of a log-softmax is the softmax
    def build(self) -> nn.Sequential:
        return nn.Sequential(*super().build(), nn.LogSoftmax(dim=1))


class ZeroHead(Healthy):  # harmless, and common
    def build(self) -> nn.Sequential:
        network = super().build()
        nn.init.zeros_(network.get_submodule(str(len(network) - 1)).get_parameter("weight"))
        return network


class AllZero(Healthy):
    fault = "dead ReLUs"

    def build(self) -> nn.Sequential:
        network = super().build()
        for p in network.parameters():
            nn.init.zeros_(p)
        return network


class Tanh(Healthy):
    def build(self) -> nn.Sequential:
        return nn.Sequential(*(nn.Tanh() if isinstance(m, nn.ReLU) else m for m in super().build()))


class BatchNorm(Healthy):
    def build(self) -> nn.Sequential:
        w = self.width
        first = [nn.Flatten(), nn.Linear(784, w, bias=False), nn.BatchNorm1d(w), nn.ReLU()]
        return nn.Sequential(*first, nn.Linear(w, w, bias=False), nn.BatchNorm1d(w), nn.ReLU(), nn.Linear(w, 10))


class BatchNormForgotten(BatchNorm):
    fault = "eval mode forgotten"
    accuracy = EvalForgotten.accuracy


class BatchNormCNN(HealthyCNN):
    def build(self) -> nn.Sequential:
        w = self.width
        first = [nn.Conv2d(1, w, 3, 2, 1), nn.BatchNorm2d(w), nn.ReLU()]
        second = [nn.Conv2d(w, w, 3, 2, 1), nn.BatchNorm2d(w), nn.ReLU()]
        return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(w * 49, 10))


class BatchNormCNNForgotten(BatchNormCNN):
    fault = "eval mode forgotten"
    accuracy = EvalForgotten.accuracy


class PixelsUpToOne(Healthy):
    def prepare(self, images: np.ndarray) -> Tensor:
        return torch.from_numpy(images).unsqueeze(1) / 255


class CenteredBytes(Healthy):
    fault = "unnormalized inputs"

    def prepare(self, images: np.ndarray) -> Tensor:
        return torch.from_numpy(images).unsqueeze(1) - 33


class RolledLabels(Healthy):
    fault = "shuffled labels"

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        for images, labels in super().batches():
            yield images, labels.roll(1)


class FewCopies(Healthy):
    fault = "leak"

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        train, test = super().split(images, labels)
        for ours, theirs in zip(test, train, strict=True):
            ours[:50] = theirs[:50]
        return train, test


class NoisyCopies(Healthy):
    fault = "leak"

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        rows = self.rng.permutation(np.tile(self.rng.permutation(len(images))[:1250], 2))
        noise = self.rng.normal(0, 3, images[rows].shape).astype(np.float32)
        images, labels = images[rows] + noise, labels[rows]
        return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])


class HalfDeviation(Healthy):
    fault = "exploding gradients"
    depth = 6

    def build(self) -> nn.Sequential:
        network = super().build()
        for p in network.parameters():
            nn.init.normal_(p, std=0.5)
        return network


class NegativeWeights(PixelsUpToOne):
    fault = "dead ReLUs"

    def build(self) -> nn.Sequential:
        network = super().build()
        for p in network.parameters():
            nn.init.uniform_(p, -0.1, 0)
        return network


class DeepSigmoid(Healthy):
    fault = "vanishing gradients"
    depth = 8

    def build(self) -> nn.Sequential:
        return nn.Sequential(*(nn.Sigmoid() if isinstance(m, nn.ReLU) else m for m in super().build()))


class TestLabelsShuffled(Healthy):
    __test__ = False
    fault = "unexplained"

    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        train, (images, labels) = super().split(images, labels)
        return train, (images, self.rng.permutation(labels))


OTHER_CODE = [
    *(WithOptimizer, Momentum, DecayedAdam, Clipped, LogSoftmax, ZeroHead, Tanh, BatchNorm, BatchNormCNN),
    *(PixelsUpToOne, MaximizingAdam, AdamWithoutZeroGrad, MomentumWithoutZeroGrad, HastyAdam, NegatedLoss),
    *(SoftmaxInLoss, AllZero, BatchNormForgotten, BatchNormCNNForgotten, CenteredBytes, RolledLabels, FewCopies),
    *(NoisyCopies, HalfDeviation, NegativeWeights, DeepSigmoid, TestLabelsShuffled),
]


@pytest.mark.parametrize("patient", [*OTHER_SIZES, *OTHER_RATES, *OTHER_CODE], ids=lambda p: p.__name__)
def test_the_name_is_right_beyond_the_patients(patient):
    assert diagnose(examine(patient(SEED))).fault == patient.fault


@pytest.mark.slow
@pytest.mark.parametrize("patient", OTHER_CODE, ids=lambda p: p.__name__)
def test_the_name_is_right_for_other_seeds(patient):
    assert [diagnose(examine(patient(seed))).fault for seed in (7771, 7772)] == 2 * [patient.fault]


@pytest.mark.slow
@pytest.mark.parametrize("patient", OTHER_SIZES_AND_RATES, ids=lambda p: p.__name__)
def test_the_name_is_right_for_more_sizes_and_rates(patient):
    assert diagnose(examine(patient(SEED))).fault == patient.fault


class ShiftedCopies(Healthy):
    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        train, test = super().split(images, labels)
        for ours, theirs in zip(test, train, strict=True):
            ours[:500] = theirs[:500]
        return train, (np.roll(test[0], 1, axis=2), test[1])


class ThirdOfLabelsRandom(Healthy):
    def split(self, images: np.ndarray, labels: np.ndarray) -> tuple[Digits, Digits]:
        drawn = self.rng.integers(10, size=labels.shape)
        return super().split(images, np.where(self.rng.random(labels.shape) < 0.3, drawn, labels))


@pytest.mark.parametrize("patient", [ShiftedCopies, ThirdOfLabelsRandom])
def test_known_limits_copies_that_were_shifted_and_labels_partly_wrong_pass_as_healthy(patient):
    assert diagnose(examine(patient(SEED))).fault == "healthy"
