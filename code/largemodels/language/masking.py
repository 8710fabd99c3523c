"""BERT's objective: hide some tokens, and guess them from both sides."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

IGNORED = -100  # what cross_entropy leaves out


def hide(
    tokens: Tensor,
    mask: int,
    generator: Generator,
    share: float = 0.15,
) -> tuple[Tensor, Tensor]:
    """Choose a share of the tokens to be guessed; return inputs and answers.

    Of the chosen, 80 % become the token `mask`, 10 % any token below it, and 10 % stay:
    the model can't tell which tokens it may trust. Answers are IGNORED elsewhere.
    """
    chosen = torch.rand(tokens.shape, generator=generator) < share
    fate = torch.rand(tokens.shape, generator=generator)
    others = torch.randint(mask, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.9), others, tokens)
    inputs = inputs.masked_fill(chosen & (fate < 0.8), mask)
    return inputs, tokens.masked_fill(~chosen, IGNORED)
