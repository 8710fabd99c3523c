"""Patterns of text, and what is left of one after a character: its derivative.

After Brzozowski (1964, https://doi.org/10.1145/321239.321249): a text fits a pattern
if, after all its characters, what is left may be empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")


class Pattern:
    """What a text may look like; patterns are joined with `+` (then) and `|` (or)."""

    empty = False  # may the text end here?

    def after(self, char: str) -> Pattern:
        """Return what may follow once `char` has been read."""
        raise NotImplementedError

    def __add__(self, then: Pattern) -> Pattern:
        if NOTHING in (self, then):
            return NOTHING
        if END in (self, then):
            return then if self == END else self
        return Then(self, then)

    def __or__(self, other: Pattern) -> Pattern:
        return either([self, other])


@dataclass(frozen=True)
class One(Pattern):
    """One character of a set."""

    chars: frozenset[str]

    def after(self, char: str) -> Pattern:
        """Leave the empty text, if the character is in the set."""
        return END if char in self.chars else NOTHING


@dataclass(frozen=True)
class Then(Pattern):
    """One pattern, and another after it."""

    first: Pattern
    second: Pattern

    @property
    def empty(self) -> bool:  # type: ignore[override]
        """Tell whether both may be empty."""
        return self.first.empty and self.second.empty

    def after(self, char: str) -> Pattern:
        """Read it with the first; with the second too, if the first may be empty."""
        rest = self.first.after(char) + self.second
        return rest | self.second.after(char) if self.first.empty else rest


@dataclass(frozen=True)
class Either(Pattern):
    """Any of several patterns."""

    ways: frozenset[Pattern]

    @property
    def empty(self) -> bool:  # type: ignore[override]
        """Tell whether one of them may be empty."""
        return any(way.empty for way in self.ways)

    def after(self, char: str) -> Pattern:
        """Go all ways at once."""
        return either(way.after(char) for way in self.ways)


@dataclass(frozen=True)
class Many(Pattern):
    """A pattern any number of times, none included."""

    what: Pattern
    empty = True

    def after(self, char: str) -> Pattern:
        """Read the character with one more of them."""
        return self.what.after(char) + self


NOTHING = One(frozenset())  # fits no text: where a wrong way ends
END = Many(NOTHING)  # fits the empty text alone


def either(ways: Iterable[Pattern]) -> Pattern:
    """Return the pattern of any of the ways; wrong ways are left out."""
    flat: set[Pattern] = set()
    for way in ways:
        flat |= way.ways if isinstance(way, Either) else {way}
    flat -= {NOTHING}
    if len(flat) < 2:
        return flat.pop() if flat else NOTHING
    return Either(frozenset(flat))


def text(exactly: str) -> Pattern:
    """Return the pattern of one text."""
    pattern: Pattern = END
    for char in reversed(exactly):
        pattern = One(frozenset(char)) + pattern
    return pattern


def one_of(texts: Iterable[str]) -> Pattern:
    """Return the pattern of several texts, such as the labels of a task."""
    return either(map(text, texts))


def some(chars: Iterable[str]) -> Pattern:
    """Return the pattern of one or more characters of a set."""
    one = One(frozenset(chars))
    return one + Many(one)


VALUES = {
    "string": text('"') + some(LETTERS) + Many(text(" ") + some(LETTERS)) + text('"'),
    "integer": either([text("0"), One(DIGITS - {"0"}) + Many(One(DIGITS))]),
}


def json_object(kinds: Mapping[str, str]) -> Pattern:
    """Return the pattern of a JSON object: its names, in order, with kinds of values.

    Strings are words of letters. Raises ValueError for a kind that is not in VALUES.
    """
    unknown = set(kinds.values()) - set(VALUES)
    if unknown:
        known = " or ".join(VALUES)
        raise ValueError(f"There is no kind of value {min(unknown)!r}: use {known}.")
    pattern = text("{")
    for i, (name, kind) in enumerate(kinds.items()):
        pattern = pattern + text(f'{", " if i else ""}"{name}": ') + VALUES[kind]
    return pattern + text("}")
