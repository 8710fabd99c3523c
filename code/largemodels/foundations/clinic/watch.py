"""Hooks that note what happens inside a network while somebody else's code trains it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

Note = dict[str, Any]  # name -> a number, or a list with a number for each layer
CHECK_EVERY = 10  # steps between two checks of the step's direction, which cost a pass each


class Watch:
    """Listens at each layer and parameter of a network while it takes a step."""

    def __init__(self, network: nn.Sequential) -> None:
        self.network = network
        self.parameters = list(network.parameters())
        self.steps = 0
        self.note: Note | None = None  # None: not listening
        self.own: list[Tensor] = []  # gradient of this step's batch, for each parameter
        self.old: list[Tensor] = []  # parameters before the step
        self.scores = torch.empty(0)  # what the network said
        self.downhill: Tensor | None = None  # where a step should go, in one row
        self.handles = [network.register_forward_hook(self._hear_output)]
        for module in network.modules():
            if isinstance(module, nn.ReLU):
                self.handles.append(module.register_forward_hook(self._hear_relu))
        for i, p in enumerate(self.parameters):
            hook = partial(self._hear_gradient, i)
            self.handles.append(p.register_hook(hook))

    def before_step(self, images: Tensor, labels: Tensor) -> None:
        """Start to listen to a step on images (batch, ...) and labels (batch,)."""
        self.labels = labels
        self.downhill = None
        if self.steps % CHECK_EVERY == 0:
            self.downhill = -gradient_by_ourselves(self.network, images, labels)
        self.note = {"silent": []}
        self.own = [torch.zeros_like(p) for p in self.parameters]
        self.old = [p.detach().clone() for p in self.parameters]

    def after_step(self, loss: float) -> Note:
        """Stop to listen; return what was heard; `loss` is what the training says."""
        assert self.note is not None, "before_step comes first"
        note, self.note, self.steps = self.note, None, self.steps + 1
        found = [p.grad for p in self.parameters if p.grad is not None]
        pairs = zip(self.parameters, self.old, strict=True)
        step = [p.detach() - old for p, old in pairs]
        note["loss"] = loss
        note["weights"], note["update"] = norms(self.old), norms(step)
        note["gradient"] = norms(self.own)
        note["surplus"] = (flat(found).norm() / flat(self.own).norm()).item()
        note["alignment"] = cosine(flat(step), self.downhill)
        twice = is_twice_softmax(loss, self.scores, self.labels)
        note["normalized"] = twice or are_probabilities(self.scores)
        return note

    def remove(self) -> None:
        """Take all hooks off the network."""
        for handle in self.handles:
            handle.remove()

    def _hear_gradient(self, i: int, gradient: Tensor) -> None:
        if self.note is not None:  # called before the gradient is added to .grad
            self.own[i] += gradient

    def _hear_relu(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        if self.note is not None:
            units = output.detach().transpose(0, 1).flatten(start_dim=1)  # (units, ...)
            self.note["silent"].append((units == 0).all(dim=1).float().mean().item())

    def _hear_output(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        if self.note is not None:
            self.scores = output.detach()  # (batch, classes)


def flat(tensors: list[Tensor]) -> Tensor:
    """Return all numbers of all tensors in one row; a single 0 if there are none."""
    return torch.cat([t.flatten() for t in tensors]) if tensors else torch.zeros(1)


def cosine(a: Tensor, b: Tensor | None) -> float:
    """Return 1 if two rows of numbers point alike, -1 if opposed; nan if b is missing."""
    if b is None:
        return np.nan
    return (a @ b / (a.norm() * b.norm())).item()


def norms(tensors: list[Tensor]) -> list[float]:
    """Return the norm of each weight matrix or kernel; biases start near 0: left out."""
    return [t.norm().item() for t in tensors if t.ndim > 1]


def are_probabilities(scores: Tensor) -> bool:
    """Return whether each row of scores (batch, classes) is positive and sums to 1."""
    return bool((scores >= 0).all() and ((scores.sum(dim=1) - 1).abs() < 1e-3).all())


def is_twice_softmax(loss: float, scores: Tensor, labels: Tensor) -> bool:
    """Return whether the loss is the one of softmax(scores), taken for scores."""
    twice = F.cross_entropy(scores.softmax(dim=1), labels).item()
    once = F.cross_entropy(scores, labels).item()
    return abs(loss - twice) < 1e-4 < abs(once - twice)


def gradient_by_ourselves(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Return the gradient of the batch's cross-entropy, in one row, and leave no trace.

    Dropout drops what it will drop in the next pass.
    """
    buffers = [b.clone() for b in network.buffers()]  # such as running means
    with torch.random.fork_rng():
        loss = F.cross_entropy(network(images), labels)
    gradient = flat(list(torch.autograd.grad(loss, list(network.parameters()))))
    for buffer, kept in zip(network.buffers(), buffers, strict=True):
        buffer.copy_(kept)
    return gradient
