"""Shakespeare's plays: to read, to cut into characters, and to draw windows from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor

from largemodels.core import store

Batch = tuple[Tensor, Tensor]  # inputs and answers
HELD_OUT = ("julius_caesar", "tempest", "twelfth_night")  # a tragedy, two comedies


def load_plays() -> dict[str, str]:
    """Return the 37 plays, name to text, in alphabetical order."""
    folder = store.path("shakespeare") / "plays"
    files = sorted(folder.glob("*.txt"))
    return {file.stem: tidy(file.read_text(encoding="utf-8")) for file in files}


def tidy(text: str) -> str:
    """Drop blanks at both ends of lines, and lines beyond one empty one."""
    lines = [line.strip() for line in text.strip().split("\n")]
    kept = [line for before, line in pairwise(["", *lines]) if line or before]
    return "\n".join(kept) + "\n"


def load_shakespeare() -> tuple[str, str]:
    """Return a text to train on, 34 plays, and one to validate on, 3 whole plays."""
    plays = load_plays()
    train = [text for name, text in plays.items() if name not in HELD_OUT]
    return "\n".join(train), "\n".join(plays[name] for name in HELD_OUT)


@dataclass(frozen=True)
class Characters:
    """Text to numbers and back, a number for each character that the alphabet holds."""

    alphabet: str  # sorted, each character once

    @classmethod
    def of(cls, *texts: str) -> Characters:
        """Return the characters that the texts use."""
        return cls("".join(sorted(set().union(*texts))))

    def __len__(self) -> int:
        """Return the size of the vocabulary."""
        return len(self.alphabet)

    def encode(self, text: str) -> Tensor:
        """Return the tokens, (characters,); raise ValueError for an unknown one."""
        number = {character: i for i, character in enumerate(self.alphabet)}
        if unknown := set(text) - set(number):
            raise ValueError(f"The alphabet lacks {sorted(unknown)}; build it anew.")
        return torch.tensor([number[character] for character in text])

    def decode(self, tokens: Tensor) -> str:
        """Return the text of tokens, (n,)."""
        return "".join(self.alphabet[i] for i in tokens.tolist())


def windows(tokens: Tensor, length: int, n: int, generator: Generator) -> Batch:
    """Draw n windows at random; answers are inputs one further on, both (n, length)."""
    starts = torch.randint(len(tokens) - length, (n, 1), generator=generator)  # (n, 1)
    places = starts + torch.arange(length + 1)  # (n, length + 1)
    drawn = tokens[places]
    return drawn[:, :-1], drawn[:, 1:]


def consecutive(tokens: Tensor, length: int) -> Batch:
    """Cut tokens into windows side by side; return inputs and answers, (n, length)."""
    n = (len(tokens) - 1) // length  # what is left over is dropped
    inputs, answers = tokens[: n * length], tokens[1 : n * length + 1]
    return inputs.view(n, length), answers.view(n, length)
