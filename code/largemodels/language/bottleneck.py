"""Sequence to sequence: through one vector, or looking back at the source.

The bottleneck is that of Sutskever, Vinyals and Le (2014,
https://arxiv.org/abs/1409.3215), with GRUs as in Cho and others (2014,
https://arxiv.org/abs/1406.1078). `Additive` scores like Bahdanau, Cho and Bengio (2015,
https://arxiv.org/abs/1409.0473), `General` like Luong, Pham and Manning (2015,
https://arxiv.org/abs/1508.04025), whose order we keep: first the state, then the look.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from largemodels.language.lookup import DIGITS, TOKENS, split


class Bottleneck(nn.Module):
    """Read the book into one vector; answer from it.

    Tokens (batch, 3n) give scores (batch, 10, n), as cross-entropy wants them.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.words = nn.Embedding(TOKENS, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.scores = nn.Linear(width, DIGITS)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores of the ten numbers for each question."""
        book, questions = split(tokens)
        _, vector = self.encoder(self.words(book))  # (1, batch, width): all there is
        states, _ = self.decoder(self.words(questions), vector)  # (batch, n, width)
        return self.scores(states).mT


class Attentive(nn.Module):
    """Keep what was read at each place; at each question, look back at all of it."""

    def __init__(self, width: int, match: nn.Module) -> None:
        super().__init__()
        self.words = nn.Embedding(TOKENS, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.match = match
        self.scores = nn.Linear(2 * width, DIGITS)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores of the ten numbers for each question, (batch, 10, n)."""
        return self.look(tokens)[0]

    def look(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `forward` does, and the weights (batch, n, 2n) behind it."""
        book, questions = split(tokens)
        memory, vector = self.encoder(self.words(book))  # (batch, 2n, width)
        states, _ = self.decoder(self.words(questions), vector)  # (batch, n, width)
        weights = self.match(states, memory).softmax(dim=-1)  # (batch, n, 2n)
        found = weights @ memory  # (batch, n, width)
        return self.scores(torch.cat([states, found], dim=2)).mT, weights


class General(nn.Module):
    """Score states (batch, n, width) against memory (batch, S, width): s W h."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.W = nn.Linear(width, width, bias=False)

    def forward(self, states: Tensor, memory: Tensor) -> Tensor:
        """Return the scores (batch, n, S)."""
        return self.W(states) @ memory.mT


class Additive(nn.Module):
    """Score by a small network: v tanh(W s + U h), for each state and each place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.W = nn.Linear(width, width, bias=False)
        self.U = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, 1, bias=False)

    def forward(self, states: Tensor, memory: Tensor) -> Tensor:
        """Return the scores (batch, n, S)."""
        asked, offered = self.W(states)[:, :, None], self.U(memory)[:, None]
        return self.v((asked + offered).tanh())[..., 0]  # from (batch, n, S, width)
