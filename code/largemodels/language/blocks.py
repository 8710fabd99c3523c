"""The block of a transformer: look around, then think, each as an addition.

Norms stand before the parts (Xiong and others, 2020, https://arxiv.org/abs/2002.04745),
where Vaswani and others had put them after the additions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from largemodels.language.attention import MultiHead, unturned


class Block(nn.Module):
    """Add to each place what it finds elsewhere, then what it makes of it alone."""

    def __init__(
        self,
        d_model: int,
        heads: int,
        turn: Callable[[Tensor], Tensor] = unturned,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(d_model)
        self.attention = MultiHead(d_model, heads, turn)
        self.norm2 = nn.LayerNorm(d_model)
        self.mlp = nn.Sequential(
            nn.Linear(d_model, 4 * d_model),
            nn.GELU(),
            nn.Linear(4 * d_model, d_model),
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map (batch, T, d_model) to the same shape."""
        x = x + self.attention(self.norm1(x), mask=mask)  # places speak to each other
        return x + self.mlp(self.norm2(x))  # each place by itself

    def look(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the weights (batch, heads, T, T) that `forward` uses."""
        return self.attention.look(self.norm1(x), mask=mask)[1]


class Transformer(nn.Module):
    """Turn tokens (batch, T) into vectors (batch, T, d_model), block by block.

    `place` is added to the words, `turn` laid on queries and keys: see `positions`.
    """

    def __init__(
        self,
        tokens: int,
        d_model: int,
        heads: int,
        layers: int,
        place: nn.Module | None = None,
        turn: Callable[[Tensor], Tensor] = unturned,
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(tokens, d_model)
        self.place = place or nn.Identity()
        blocks = [Block(d_model, heads, turn) for _ in range(layers)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return a vector for each place, made of all that the mask lets it see."""
        x = self.place(self.words(tokens))  # (batch, T, d_model)
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)

    @torch.no_grad()
    def look(self, tokens: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """Return the weights of each block, (batch, heads, T, T)."""
        x = self.place(self.words(tokens))
        seen = []
        for block in self.blocks:
            seen.append(cast(Block, block).look(x, mask))
            x = block(x, mask)
        return seen
