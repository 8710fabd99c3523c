"""Name what is wrong with a training: an ordered list of tests, a number and a limit each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from largemodels.foundations.clinic.record import Record


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, what shows it, and what to do."""

    fault: str
    evidence: str
    cure: str


@dataclass(frozen=True)
class Test:
    """A fault, the number that gives it away, and the limit beyond which it does."""

    __test__ = False  # pytest: not one of yours
    fault: str
    statistic: Callable[[Record], float]
    limit: float
    evidence: str  # a sentence; {} is the number
    cure: str
    below: bool = False  # the fault is on the lower side of the limit

    def fires(self, record: Record) -> bool:
        """Return whether the number is on the fault's side of the limit."""
        value = self.statistic(record)
        return value < self.limit if self.below else value > self.limit


def diagnose(record: Record) -> Diagnosis:
    """Return the first fault, in the order of a training's stages, whose test fires."""
    for test in TESTS:
        if test.fires(record):
            evidence = test.evidence.format(test.statistic(record))
            return Diagnosis(test.fault, evidence, test.cure)
    evidence = f"All tests pass; {record.test_accuracy:.0%} of test images are right."
    return Diagnosis("healthy", evidence, "None needed.")


def first_gradient(record: Record) -> float:
    """Return the norm of the largest layer gradient at first, by that of all weights."""
    largest = np.nan_to_num(record.gradient[0], nan=np.inf).max()  # nan: overflow
    size = np.linalg.norm(record.weights[0])
    return float(largest / size) if size else 0.0


def first_silence(record: Record) -> float:
    """Return the share of units that are 0 for the whole first batch; the worst layer's."""
    return float(record.silent[0].max(initial=0))


def weakest_gradient(record: Record) -> float:
    """Return the least gradient of a layer by its weights, at the best of ten steps."""
    with np.errstate(all="ignore"):
        ratios = (record.gradient / record.weights)[:10].min(axis=1)
    return float(np.nan_to_num(ratios, nan=0.0, posinf=np.inf).max())


def first_direction(record: Record) -> float:
    """Return the cosine of the first step with downhill; later ones may have momentum."""
    return float(record.alignment[0])


def surplus(record: Record) -> float:
    """Return the norm of the gradient in use, by the batch's own, at the middle step."""
    numbers = record.surplus[~np.isnan(record.surplus)]
    return float(np.median(numbers)) if numbers.size else 1.0


def longest_step(record: Record) -> float:
    """Return the largest change of a layer in a step, by its weights; before overflow."""
    with np.errstate(all="ignore"):
        ratios = (record.update / record.weights)[:, has_size(record)]
    return float(ratios[np.isfinite(ratios)].max(initial=0))


def path(record: Record) -> float:
    """Return how far the mean layer went in all steps, by the norm of its first weights."""
    ways = np.nansum(record.update, axis=0)[has_size(record)]
    sizes = record.weights[0, has_size(record)]
    return float((ways / sizes).sum() / max(ways.size, 1))


def has_size(record: Record) -> np.ndarray:
    """Return which layers start with weights to compare a step with, (layers,) of bool."""
    return record.weights[0] > 0


def shortfall(record: Record) -> float:
    """Return by how much the network is worse than its images' nearest neighbors."""
    return record.neighbor_agreement - record.test_accuracy


# A stage can only be judged when those before it are sound: bytes as inputs also make the
# first gradient large, and dead units also keep the path short. Hence the order: data,
# network, step, examination.
TESTS = [
    Test(
        "unnormalized inputs",
        lambda record: record.input_rms,
        limit=10,  # normalized: 1, or 0.3 for pixels from 0 to 1; bytes: 80
        evidence="The inputs have a root mean square of {:.3g}; layers are initialized for 1.",
        cure="Subtract the training images' mean, divide by their standard deviation.",
    ),
    Test(
        "leak",
        lambda record: record.twin_share,
        limit=0.01,  # a clean split: 0; a few twins may be in a data set by nature
        evidence="{:.0%} of the test images are training images too.",
        cure="Remove copies, then split; augment or oversample the training part alone.",
    ),
    Test(
        "shuffled labels",
        lambda record: record.neighbor_agreement,
        limit=0.4,  # digits: 0.85; chance: 0.1 (where neighbors know nothing, use another test)
        below=True,
        evidence="Only {:.0%} of the images are labeled as their nearest neighbor.",
        cure="Shuffle images and labels by the same permutation; look at twenty pairs.",
    ),
    Test(
        "exploding gradients",
        first_gradient,
        limit=10,  # usual: below 1
        evidence="Before any step, one layer's gradient is {:.2g} times as long as all weights.",
        cure="Draw weights with deviation sqrt(2 / inputs); normalize layers; clip.",
    ),
    Test(
        "dead ReLUs",
        first_silence,
        limit=0.9,  # usual: up to a tenth; two thirds where signals have faded
        evidence="In one layer, {:.0%} of the units are 0 for the whole first batch.",
        cure="Start from random weights around 0 and biases of 0; or use leaky ReLUs.",
    ),
    Test(
        "double softmax",
        lambda record: float(record.normalized.mean()),
        limit=0.5,  # scores look like probabilities by accident only
        evidence="In {:.0%} of the steps the loss applies a softmax to probabilities.",
        cure="Let the network end in scores; the loss applies the softmax.",
    ),
    Test(
        "vanishing gradients",
        weakest_gradient,
        limit=0.0015,  # usual: above 0.02; a layer that starts at 0 needs a few steps
        below=True,
        evidence="In a layer the gradient is never above {:.1g} times its weights.",
        cure="Draw weights with deviation sqrt(2 / inputs); normalize; add shortcuts.",
    ),
    Test(
        "wrong sign",
        first_direction,
        limit=0,  # straight downhill: 1; Adam's first step, all signs: 0.3
        below=True,
        evidence="The cosine of the first step with downhill is {:.2f}: it goes uphill.",
        cure="Subtract the gradient; and look at the sign of the loss.",
    ),
    Test(
        "no zero_grad",
        surplus,
        limit=2,  # cleared: 1, clipped: less
        evidence="The gradient in use is {:.3g} times as long as the batch's own.",
        cure="Call zero_grad before each backward pass.",
    ),
    Test(
        "rate too high",
        longest_step,
        limit=1,  # usual: 0.001 to 0.1
        evidence="In one step a layer changed by {:.2g} times its own size.",
        cure="Divide the rate by 10, until the largest change is below a tenth.",
    ),
    Test(
        "rate too low",
        path,
        limit=0.2,  # from random weights, a network goes about their length or more
        below=True,
        evidence="In all steps together, the layers went {:.2g} times their own size.",
        cure="Multiply the learning rate by 10, until the loss no longer falls faster.",
    ),
    Test(
        "eval mode forgotten",
        lambda record: record.fickleness,
        limit=0.002,  # in eval mode 0, but for ties within rounding
        evidence="{:.1%} of the answers change when the same images come in tens.",
        cure="Call network.eval() before the examination, network.train() after it.",
    ),
    Test(
        "unexplained",
        shortfall,
        limit=0.2,  # the healthy network is better than its neighbors, or as good
        evidence="No test fires, yet the network is worse than nearest neighbors by {:.2f}.",
        cure="Overfit one batch; then add data and steps, one change at a time.",
    ),
]
