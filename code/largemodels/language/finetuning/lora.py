"""LoRA: leave a layer's weights alone and learn a correction of low rank beside them.

Hu and others (2022), https://openreview.net/forum?id=nZeVKeeFYf9.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Generator, Tensor, nn

from largemodels.language.finetuning.layers import replace


class LoRALinear(nn.Module):
    """Compute W x + b + (alpha / r) B A x, where only A and B learn."""

    def __init__(
        self,
        base: nn.Linear,
        r: int,
        alpha: float,
        generator: Generator,
    ) -> None:
        super().__init__()
        d_out, d_in = base.weight.shape
        self.base = base.requires_grad_(False)
        spread = d_in**-0.5  # A as nn.Linear starts; B at zero, so nothing changes yet
        A = torch.empty(r, d_in).uniform_(-spread, spread, generator=generator)
        self.A = nn.Parameter(A)  # (r, d_in)
        self.B = nn.Parameter(torch.zeros(d_out, r))  # (d_out, r)
        self.scale = alpha / r
        self.merged = False

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., d_out) for x, (..., d_in)."""
        y = self.base(x)
        if self.merged:
            return y
        return y + self.scale * (x @ self.A.T) @ self.B.T

    @torch.no_grad()
    def merge(self, merged: bool = True) -> None:
        """Add the correction to W, or take it out again."""
        if merged != self.merged:
            sign = 1 if merged else -1
            self.base.weight += sign * self.scale * self.B @ self.A
            self.merged = merged


def inject(
    model: nn.Module,
    names: Collection[str],
    r: int,
    alpha: float,
    seed: int = 0,
) -> nn.Module:
    """Freeze the model and give LoRA to each linear layer that is called so, in place.

    `names` are the last parts of paths, as for layers.replace.
    """
    generator = Generator().manual_seed(seed)
    return replace(model, names, lambda base: LoRALinear(base, r, alpha, generator))


def merge(model: nn.Module, merged: bool = True) -> None:
    """Put every correction into its weights, or take it out again."""
    for layer in corrections(model).values():
        layer.merge(merged)


def corrections(model: nn.Module) -> dict[str, LoRALinear]:
    """Return the wrapped layers by name."""
    return {path: m for path, m in model.named_modules() if isinstance(m, LoRALinear)}


def adapter(model: nn.Module) -> dict[str, Tensor]:
    """Return A and B of every layer by name: all that a fine-tuned copy has to keep."""
    tensors: dict[str, Tensor] = {}
    for path, layer in corrections(model).items():
        tensors |= {f"{path}.A": layer.A.detach(), f"{path}.B": layer.B.detach()}
    return tensors


@torch.no_grad()
def load_adapter(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy A and B of every layer into a model that LoRA was injected into alike.

    Raises ValueError where the layers or the shapes differ, or corrections are merged.
    """
    if any(layer.merged for layer in corrections(model).values()):
        raise ValueError("Take the old corrections out first: merge(model, False).")
    own = adapter(model)
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in tensors.items()}:
        raise ValueError("The adapter was made for other layers or another rank.")
    for name, tensor in tensors.items():
        own[name].copy_(tensor)  # float16 widens on the way
