"""What a model has read, kept as keys and values, so that nothing is read twice."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


class Reading:
    """Texts read by a model, in rows: the cache, and each row's next-token scores."""

    def __init__(self, model: Any, cache: Any, mask: Tensor) -> None:
        self.model, self.cache = model, cache
        self.mask = mask  # (rows, read so far): 0 where a shorter row was padded
        self.logits = torch.empty(0)  # (rows, vocabulary)

    @classmethod
    def start(cls, model: Any, shared: Sequence[int]) -> Reading:
        """Read, once, the tokens that all rows begin with; there may be none."""
        from transformers import DynamicCache

        reading = cls(model, DynamicCache(), torch.zeros(1, 0, dtype=torch.long))
        if shared:
            reading.feed(torch.tensor([list(shared)]))
        return reading

    def read(self, rows: Sequence[Sequence[int]]) -> Reading:
        """Return a new reading: these tokens, then each row's, padded on the left."""
        cache = copy.deepcopy(self.cache)
        if self.mask.shape[1]:
            cache.batch_repeat_interleave(len(rows))
        longest = max(map(len, rows))
        tokens = torch.zeros(len(rows), longest, dtype=torch.long)
        own = torch.zeros_like(tokens)
        for i, row in enumerate(rows):
            tokens[i, longest - len(row) :] = torch.tensor(row)
            own[i, longest - len(row) :] = 1
        reading = Reading(self.model, cache, self.mask.repeat(len(rows), 1))
        reading.feed(tokens, own)
        return reading

    def feed(self, tokens: Tensor, own: Tensor | None = None) -> None:
        """Read (rows, n) more tokens; `own` is 0 at padding."""
        own = torch.ones_like(tokens) if own is None else own
        self.mask = torch.cat([self.mask, own], dim=1)
        positions = (self.mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        self.logits = self.model(
            tokens,
            attention_mask=self.mask,
            position_ids=positions,  # padding does not count
            past_key_values=self.cache,
            logits_to_keep=1,
        ).logits[:, -1]

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone."""
        chosen = torch.tensor(rows)
        self.mask = self.mask[chosen]
        self.cache.batch_select_indices(chosen)

    def score(self, tokens: Sequence[int]) -> Tensor:
        """Return (rows,): the log-probability that a row goes on with these tokens."""
        (rows, read), logits, mask = self.mask.shape, self.logits, self.mask
        total = torch.zeros(rows)
        for i, token in enumerate(tokens):
            total += self.logits.log_softmax(-1)[:, token]
            if i < len(tokens) - 1:
                self.feed(torch.full((rows, 1), token))
        if len(tokens) > 1:  # as if nothing had been tried
            self.cache.crop(read - self.mask.shape[1])  # below zero: so many less
            self.logits, self.mask = logits, mask
        return total
