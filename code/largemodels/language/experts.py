"""A mixture of experts: many MLPs, of which each token uses few.

The router's scores choose k experts for a token and weigh what they say. Left alone, a
router may send most tokens to few experts. Two cures: a loss that asks for balance
(Shazeer et al., 2017; Fedus et al., 2022), or a bias that follows the load and takes
part in the choice only (DeepSeek-V3, 2024).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from largemodels.language.gpt import GPT, Config, SwiGLU, initialize


class Experts(nn.Module):
    """In the place of a block's MLP: (batch, time, width) to the same."""

    bias: Tensor

    def __init__(self, config: Config, n: int, k: int) -> None:
        super().__init__()
        self.n, self.k = n, k
        self.router = nn.Linear(config.width, n, bias=False)
        self.experts = nn.ModuleList(SwiGLU(config) for _ in range(n))
        self.register_buffer("bias", torch.zeros(n))  # for the choice only
        self.apply(initialize)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the k chosen experts of each token say, weighed."""
        tokens = x.flatten(0, 1)  # (tokens, width)
        chances = self.router(tokens).softmax(dim=-1)  # (tokens, n)
        chosen = (chances + self.bias).topk(self.k).indices  # (tokens, k)
        weights = chances.gather(1, chosen)  # (tokens, k)
        y = torch.zeros_like(tokens)
        for e, expert in enumerate(self.experts):
            token, place = (chosen == e).nonzero(as_tuple=True)  # who comes here
            said = expert(tokens[token]) * weights[token, place, None]
            y = y.index_add(0, token, said)
        self.chances, self.load = chances, self.count(chosen)
        return y.view_as(x)

    def count(self, chosen: Tensor) -> Tensor:
        """Return each expert's share of the choices, (n,); the shares add up to 1."""
        return chosen.flatten().bincount(minlength=self.n) / chosen.numel()

    def balance_loss(self) -> Tensor:
        """Return n times load · mean chance: 1 if all is even, n for a stuck router."""
        return self.n * (self.load * self.chances.mean(dim=0)).sum()

    def follow_load(self, speed: float) -> None:
        """Make the busy experts a little less eligible, and the idle ones more."""
        self.bias += speed * (1 / self.n - self.load).sign()


def with_experts(model: GPT, n: int, k: int) -> list[Experts]:
    """Give each block n experts for its MLP; return them, one mixture a block."""
    mixtures = [Experts(model.config, n, k) for _ in model.blocks]
    for block, mixture in zip(model.blocks, mixtures, strict=True):
        block.mlp = mixture
    return mixtures
