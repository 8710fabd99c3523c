"""Freeze a model, put new layers in the place of some, and share the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection

from torch import nn


def replace(
    model: nn.Module,
    names: Collection[str],
    make: Callable[[nn.Linear], nn.Module],
) -> nn.Module:
    """Freeze the model; put make(layer) in the place of each linear layer so named.

    `names` are the last parts of paths: q_proj for model.layers.0.self_attn.q_proj.
    Changes the model in place and returns it. Raises ValueError for a name that no
    linear layer has.
    """
    linear = {p: m for p, m in model.named_modules() if isinstance(m, nn.Linear)}
    chosen = {p: m for p, m in linear.items() if p.rpartition(".")[2] in names}
    found = {path.rpartition(".")[2] for path in chosen}
    if missing := sorted(set(names) - found):
        raise ValueError(f"No linear layer is called {' or '.join(missing)}.")
    model.requires_grad_(False)
    for path, layer in chosen.items():
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, make(layer))
    return model


def twin(model: nn.Module) -> nn.Module:
    """Return a copy that shares the model's weights: frozen ones are held once.

    What is put into the one is not in the other; what changes a shared weight is.
    """
    shared = {id(p): p for p in model.parameters()}
    return copy.deepcopy(model, memo=shared)


def count_learning(model: nn.Module) -> int:
    """Return how many of the model's numbers learn."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
