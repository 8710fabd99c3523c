"""From the scores of the next token to a choice, and from choices to a text.

Each filter takes scores (..., vocabulary) and returns them with -inf where a token may
no longer be drawn: softmax shares its probability among the rest.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from largemodels.language.gpt import GPT, Cache

Choose = Callable[[Tensor], Tensor]  # scores (batch, vocabulary) -> tokens (batch,)


def temper(scores: Tensor, temperature: float) -> Tensor:
    """Divide the scores: below 1 sharpens the distribution, above 1 flattens it."""
    if temperature <= 0:
        raise ValueError(f"The temperature {temperature} is not above 0; use `greedy`.")
    return scores / temperature


def top_k(scores: Tensor, k: int) -> Tensor:
    """Keep the k likeliest tokens."""
    kth = scores.topk(min(k, scores.shape[-1])).values[..., -1:]  # (..., 1)
    return scores.masked_fill(scores < kth, -torch.inf)


def top_p(scores: Tensor, p: float) -> Tensor:
    """Keep the fewest tokens that together have probability p: the nucleus."""
    ordered, order = scores.sort(dim=-1, descending=True, stable=True)
    probabilities = ordered.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # of all that are likelier
    dropped = (before >= p).scatter(-1, order, before >= p)  # back in their places
    return scores.masked_fill(dropped, -torch.inf)


def min_p(scores: Tensor, p: float) -> Tensor:
    """Keep what is at least p times as likely as the likeliest token."""
    probabilities = scores.softmax(dim=-1)
    least = p * probabilities.max(dim=-1, keepdim=True).values  # (..., 1)
    return scores.masked_fill(probabilities < least, -torch.inf)


def greedy(scores: Tensor) -> Tensor:
    """Choose the likeliest token."""
    return scores.argmax(dim=-1)


def draw(scores: Tensor, generator: Generator) -> Tensor:
    """Choose at random, each token with its probability; (batch,)."""
    probabilities = scores.softmax(dim=-1)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(-1)


@torch.no_grad()
def generate(
    model: GPT,
    tokens: Tensor,
    n: int,
    choose: Choose = greedy,
    cached: bool = True,
) -> Tensor:
    """Append n tokens to each row of (batch, time), one at a time.

    Raises ValueError where learned positions would not reach that far.
    """
    longest = model.config.length
    if model.config.positions == "learned" and tokens.shape[1] + n > longest:
        raise ValueError(f"{longest} learned positions don't reach; ask for less.")
    cache = Cache(model.config) if cached else None
    new = tokens
    for _ in range(n):
        scores = model(new, cache)[:, -1]  # (batch, vocabulary)
        chosen = choose(scores)[:, None]  # (batch, 1)
        tokens = torch.cat([tokens, chosen], dim=1)
        new = chosen if cached else tokens
    return tokens
