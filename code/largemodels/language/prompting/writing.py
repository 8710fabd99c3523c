"""Answers being written: how each token is chosen, and where an answer ends."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


class Constraint(Protocol):
    """What may be written, such as what fits a pattern (see `constraint.py`)."""

    name: str

    def allowed(self, text: str) -> Tensor:
        """Return (vocabulary,) booleans: the tokens that may follow this answer."""


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen: the likeliest at temperature 0, else drawn; if allowed."""

    temperature: float = 0.0
    seed: int = 0
    constraint: Constraint | None = None

    def __str__(self) -> str:
        rule = self.constraint.name if self.constraint else "none"
        return f"temperature={self.temperature} seed={self.seed} constraint={rule}"


GREEDY = Decoding()


class Writing:
    """The answers to some texts, side by side.

    What is drawn for a text hangs on it and on the seed, not on what else is asked.
    """

    def __init__(
        self,
        tokenizer: Any,
        texts: Sequence[str],
        decoding: Decoding,
        stop: str | None,
    ) -> None:
        self.tokenizer, self.decoding, self.stop = tokenizer, decoding, stop
        self.answers = [""] * len(texts)
        self.tokens: list[list[int]] = [[] for _ in texts]
        self.live = list(range(len(texts)))  # whose answers are not at their end
        self.draws = [_generator(text, decoding.seed) for text in texts]

    def step(self, logits: Tensor) -> list[int]:
        """Write one token of each live answer, from (live, vocabulary).

        Returns which rows live on.
        """
        rows = zip(self.live, logits, strict=True)
        chosen = [self._choose(i, row) for i, row in rows]
        kept = [at for at, i in enumerate(self.live) if self._write(i, chosen[at])]
        self.live = [self.live[at] for at in kept]
        return kept

    def last(self) -> Tensor:
        """Return (live, 1): the token that each live answer has got last."""
        return torch.tensor([[self.tokens[i][-1]] for i in self.live])

    def _choose(self, i: int, logits: Tensor) -> int:
        if self.decoding.constraint is not None:
            allowed = self.decoding.constraint.allowed(self.answers[i])
            logits = logits.masked_fill(~allowed, -torch.inf)
        if self.decoding.temperature == 0:
            return int(logits.argmax())
        shares = (logits / self.decoding.temperature).softmax(-1)
        return int(torch.multinomial(shares, 1, generator=self.draws[i]))

    def _write(self, i: int, token: int) -> bool:
        """Add a token to an answer; tell whether the answer goes on."""
        if token == self.tokenizer.eos_token_id:
            return False
        self.tokens[i].append(token)
        text = self.tokenizer.decode(self.tokens[i])
        ended = self.stop is not None and self.stop in text
        self.answers[i] = text.split(self.stop)[0] if ended else text
        return not ended


def _generator(text: str, seed: int) -> torch.Generator:
    digest = hashlib.blake2b(f"{seed}\n{text}".encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))
