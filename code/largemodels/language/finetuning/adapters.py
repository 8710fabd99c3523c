"""Bottleneck adapters: a small network in series after each block's two halves.

Houlsby and others (2019), https://proceedings.mlr.press/v97/houlsby19a.html.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Generator, Tensor, nn

from largemodels.language.finetuning.layers import replace


class Adapter(nn.Module):
    """Compute h + up(gelu(down(h))), which is h until `up` has learned something."""

    def __init__(self, d: int, bottleneck: int, generator: Generator) -> None:
        super().__init__()
        self.down = nn.Linear(d, bottleneck)
        self.up = nn.Linear(bottleneck, d)
        with torch.no_grad():
            self.down.weight.normal_(0, d**-0.5, generator=generator)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, h: Tensor) -> Tensor:
        """Return (..., d) for h, (..., d)."""
        return h + self.up(nn.functional.gelu(self.down(h)))


class Followed(nn.Module):
    """A layer and the adapter that reads its output."""

    def __init__(self, layer: nn.Module, adapter: Adapter) -> None:
        super().__init__()
        self.layer = layer
        self.adapter = adapter

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the adapter's answer to the layer's."""
        return self.adapter(self.layer(*args, **kwargs))


def insert(
    model: nn.Module,
    names: Collection[str],
    bottleneck: int,
    seed: int = 0,
) -> nn.Module:
    """Freeze the model and put an adapter after each linear layer so named, in place.

    In a Llama block `o_proj` and `down_proj` are the last layers of attention and of
    the MLP.
    """
    generator = Generator().manual_seed(seed)

    def follow(layer: nn.Linear) -> Followed:
        return Followed(layer, Adapter(layer.out_features, bottleneck, generator))

    return replace(model, names, follow)
