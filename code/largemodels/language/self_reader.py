"""A transformer that reads phone books: the book and the questions are one sequence."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from largemodels.language.attention import causal_mask, unturned
from largemodels.language.blocks import Transformer
from largemodels.language.lookup import DIGITS, TOKENS
from largemodels.language.positions import sines


class SelfReader(nn.Module):
    """Tokens (batch, 3n) to scores of ten numbers for each question, (batch, 10, n)."""

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int = 1,
        place: nn.Module | None = None,
        turn: Callable[[Tensor], Tensor] = unturned,
        causal: bool = True,
    ) -> None:
        super().__init__()
        self.net = Transformer(TOKENS, width, heads, layers, place, turn)
        self.scores = nn.Linear(width, DIGITS)
        self.causal = causal

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores for each question."""
        x = self.net(tokens, self.mask(tokens))  # (batch, 3n, width)
        n = tokens.shape[1] // 3
        return self.scores(x[:, 2 * n :]).mT

    def look(self, tokens: Tensor) -> list[Tensor]:
        """Return the weights of each block, (batch, heads, 3n, 3n)."""
        return self.net.look(tokens, self.mask(tokens))

    def mask(self, tokens: Tensor) -> Tensor | None:
        """Return who may look where: only back, if the reader is causal."""
        return causal_mask(tokens.shape[1]) if self.causal else None


class TorchReader(nn.Module):
    """The same reader from PyTorch's own blocks, whose norms stand before or after."""

    def __init__(self, width: int, layers: int, norm_first: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(TOKENS, width)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 1, 4 * width, 0.0, "gelu", batch_first=True, norm_first=norm_first)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width) if norm_first else nn.Identity()
        self.scores = nn.Linear(width, DIGITS)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores for each question, (batch, 10, n)."""
        T = tokens.shape[1]
        x = self.words(tokens) + sines(T, self.words.embedding_dim)  # (batch, 3n, width)
        for block in self.blocks:
            x = block(x, src_mask=~causal_mask(T))  # true hides
        return self.scores(self.norm(x)[:, 2 * T // 3 :]).mT
