"""What a run leaves behind: numbers that anyone can take from outside, without reading its code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from largemodels.foundations.clinic import probes
from largemodels.foundations.clinic.healthy import Healthy
from largemodels.foundations.clinic.watch import Watch
from largemodels.foundations.fitting import accuracy


@dataclass(frozen=True)
class Record:
    """The log of a run, and answers of its data and of its trained network."""

    # the data, as they reach the network
    input_rms: float  # root mean square of the inputs
    neighbor_agreement: float  # share of images labeled as their nearest neighbor
    twin_share: float  # share of test images that are training images too
    # the log, a row for each step; "layers" are those with weights
    loss: np.ndarray  # (steps,) before the step
    weights: np.ndarray  # (steps, layers) norm, before the step
    gradient: np.ndarray  # (steps, layers) norm of this batch's gradient
    update: np.ndarray  # (steps, layers) norm of the weights' change
    surplus: np.ndarray  # (steps,) norm of .grad, by that of this batch's gradient
    alignment: np.ndarray  # (steps,) cosine of step and downhill; nan: not checked
    silent: np.ndarray  # (steps, ReLUs) share of units at 0 for the whole batch
    normalized: np.ndarray  # (steps,) of bool: was the loss given probabilities?
    # the examination
    test_accuracy: float  # in eval mode
    reported_accuracy: float  # on the test images, by the run's own code
    fickleness: float  # share of answers that change with the batch's size


def examine(patient: Healthy) -> Record:
    """Run a fresh patient's training; return what could be seen from outside."""
    log, images, labels = follow(patient)
    twin = probes.twins(patient.train[0], patient.test[0])  # (n,) of bool
    return Record(
        input_rms=images.square().mean().sqrt().item(),
        neighbor_agreement=probes.neighbor_agreement(images, labels),
        twin_share=twin.float().mean().item(),
        test_accuracy=accuracy(patient.network, *patient.test),
        reported_accuracy=patient.accuracy(*patient.test),
        fickleness=probes.fickleness(patient),
        **log,
    )


def follow(patient: Healthy) -> tuple[dict[str, np.ndarray], Tensor, Tensor]:
    """Train a fresh patient; return its log, and its first batches' images and labels."""
    rows: dict[str, list[Any]] = defaultdict(list)
    seen: list[tuple[Tensor, Tensor]] = []
    watch = Watch(patient.network)
    for images, labels in islice(patient.batches(), patient.steps):
        watch.before_step(images, labels)
        for name, heard in watch.after_step(patient.step(images, labels)).items():
            rows[name].append(heard)
        if len(seen) < 10:
            seen.append((images, labels))
    watch.remove()
    log = {name: np.array(column) for name, column in rows.items()}
    return log, torch.cat([i for i, _ in seen]), torch.cat([k for _, k in seen])
