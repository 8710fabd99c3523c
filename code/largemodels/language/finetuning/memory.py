"""What training holds in memory, in bytes a parameter and in all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Held:
    """Bytes that stay from one step to the next, and gradients."""

    weights: float
    gradients: float
    optimizer: float

    @property
    def total(self) -> float:
        """The sum of all."""
        return sum(getattr(self, field.name) for field in fields(self))


def counted(model: nn.Module, optimizer: torch.optim.Optimizer) -> Held:
    """Count what a model and its optimizer hold after a step, a shared tensor once."""
    parameters = list(model.parameters())
    states = [x for s in optimizer.state.values() for x in s.values()]
    return Held(
        weights=sum(p.nbytes for p in parameters),
        gradients=sum(p.grad.nbytes for p in parameters if p.grad is not None),
        optimizer=sum(x.nbytes for x in states if torch.is_tensor(x)),
    )


def kept(loss: Callable[[], Tensor], model: nn.Module) -> int:
    """Return the bytes that a loss keeps for its backward pass, weights left out."""
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    storages: dict[int, int] = {}

    def note(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        if storage.data_ptr() not in weights:
            storages[storage.data_ptr()] = storage.nbytes()  # once, however many views
        return x.detach()  # a saved output would hold its own graph, and never go

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        held = loss()  # its graph keeps all of them alive, so no address is used twice
    total = sum(storages.values())
    del held
    return total


def planned(
    parameters: float,
    learning: float,
    bits: float = 32,
    learning_bits: float = 32,
) -> Held:
    """Return by arithmetic what AdamW needs where `learning` of the parameters learn.

    Frozen ones have `bits` bits each. A learning one has `learning_bits`, as many again
    for its gradient, and two 32-bit averages; with 16 bits also a 32-bit master copy.
    """
    master = 32 if learning_bits < 32 else 0
    frozen = parameters - learning
    return Held(
        weights=(frozen * bits + learning * learning_bits) / 8,
        gradients=learning * learning_bits / 8,
        optimizer=learning * (64 + master) / 8,
    )


def lora_parameters(shapes: list[tuple[int, int]], r: int) -> int:
    """Return how many numbers A and B have for layers of shapes (d_out, d_in)."""
    return sum(r * (d_out + d_in) for d_out, d_in in shapes)
