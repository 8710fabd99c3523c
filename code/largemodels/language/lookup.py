"""A phone book in one line: names and numbers, then the names to be looked up.

Many-question associative recall, after Arora and others (2023,
https://arxiv.org/abs/2312.04927).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

NAMES, DIGITS = 26, 10  # tokens 0 to 25 are names, 26 to 35 their numbers
TOKENS = NAMES + DIGITS


def phone_books(entries: int, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw books, each followed by all its names in another order, and the answers.

    The books are (batch, 3 * entries): name, number, name, number, ..., then the
    questions; the answers are (batch, entries), from 0 to 9. No name comes twice.
    """
    names = shuffled(NAMES, batch, generator)[:, :entries]
    numbers = torch.randint(DIGITS, (batch, entries), generator=generator)
    book = torch.stack([names, NAMES + numbers], dim=2).flatten(1)  # (batch, 2 entries)
    order = shuffled(entries, batch, generator)
    questions, answers = names.gather(1, order), numbers.gather(1, order)
    return torch.cat([book, questions], dim=1), answers


def shuffled(n: int, batch: int, generator: Generator) -> Tensor:
    """Return (batch, n): in each row, 0 to n - 1 in an order of its own."""
    return torch.rand(batch, n, generator=generator).argsort(dim=1)


def lessons(
    steps: int,
    most: int,
    batch: int,
    generator: Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of books, each batch with 1 to `most` entries a book."""
    for _ in range(steps):
        entries = int(torch.randint(1, most + 1, (1,), generator=generator))
        yield phone_books(entries, batch, generator)


def split(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Cut (batch, 3n) into the book (batch, 2n) and the questions (batch, n)."""
    n = tokens.shape[1] // 3
    return tokens[:, : 2 * n], tokens[:, 2 * n :]


def bag_guess(tokens: Tensor, answers: Tensor) -> float:
    """Return the share right when each answer is the book's most frequent number.

    No reader does better who knows the numbers of a book, and not whose they are.
    """
    numbers = split(tokens)[0][:, 1::2] - NAMES  # (batch, n)
    guess = numbers.mode(dim=1).values
    return (answers == guess[:, None]).double().mean().item()


def spell(tokens: Tensor) -> str:
    """Write one row of tokens as letters and digits."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(letters[token] for token in tokens.tolist())
