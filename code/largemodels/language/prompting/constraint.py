"""Let a model write only what fits a pattern: from characters to tokens."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor

from largemodels.language.prompting.grammar import NOTHING, Pattern
from largemodels.language.prompting.grammar import text as exactly

DEAD, START = 0, 1


class Automaton:
    """A pattern's derivatives, numbered as they are met: states of what is left."""

    def __init__(self, pattern: Pattern) -> None:
        self.patterns = [NOTHING, pattern]
        self.numbers = {NOTHING: DEAD, pattern: START}
        self.steps: dict[tuple[int, str], int] = {}

    def step(self, state: int, char: str) -> int:
        """Return the state after one more character."""
        if (state, char) not in self.steps:
            left = self.patterns[state].after(char)
            if left not in self.numbers:
                self.numbers[left] = len(self.patterns)
                self.patterns.append(left)
            self.steps[state, char] = self.numbers[left]
        return self.steps[state, char]

    def read(self, state: int, text: str) -> int:
        """Return the state after a text; DEAD where no fitting text begins so."""
        for char in text:
            state = self.step(state, char)
            if state == DEAD:
                break
        return state


class Fits:
    """The tokens that may follow an answer, so that it can still become a fitting text.

    The model's end is allowed where the text may end. `lead` comes first in every
    answer, such as the space after a colon.
    """

    def __init__(self, pattern: Pattern, tokenizer: Any, lead: str = "") -> None:
        self.automaton = Automaton(exactly(lead) + pattern)
        self.name = f"{lead!r} {pattern}"
        self.end, self.size = tokenizer.eos_token_id, len(tokenizer)
        self.tokens = defaultdict(list)  # by their first character
        for token in set(range(self.size)) - set(tokenizer.all_special_ids):
            text = tokenizer.decode([token])
            if text and "\N{REPLACEMENT CHARACTER}" not in text:  # half of a character
                self.tokens[text[0]].append((token, text[1:]))
        self.masks: dict[int, Tensor] = {}

    def allowed(self, text: str) -> Tensor:
        """Return (vocabulary,) booleans: the tokens that may come after `text`.

        Raises ValueError where `text` itself does not fit.
        """
        state = self.automaton.read(START, text)
        if state == DEAD:
            raise ValueError(f"{text!r} is not the start of any text that fits.")
        if state not in self.masks:
            self.masks[state] = self._mask(state)
        return self.masks[state]

    def _mask(self, state: int) -> Tensor:
        mask = torch.zeros(self.size, dtype=torch.bool)
        for char, tokens in self.tokens.items():
            after = self.automaton.step(state, char)
            if after != DEAD:
                read = self.automaton.read
                mask[[token for token, rest in tokens if read(after, rest)]] = True
        mask[self.end] = self.automaton.patterns[state].empty
        return mask
