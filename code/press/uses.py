"""Where the chapters use which meaning of which symbol, and where they use one that nobody explained."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from docutils.nodes import make_id

from press.book import Book
from press.claims import Claims
from press.notation import BOOK, Entry
from press.rules.prose import is_accidental
from press.source import Source
from press.symbols import Symbol, symbols

GATES = {"exercise-start": "exercise-end", "solution-start": "solution-end"}

Meaning = tuple[Entry, str]  # an entry and that one of its scopes which holds


@dataclass(frozen=True)
class Place:
    """A part of a chapter that may give a symbol a meaning of its own: a section, or an exercise or its solution."""

    label: str
    first: int  # line
    last: int


@dataclass(frozen=True)
class Unknown:
    """The first use, in a chapter, of a symbol that the table does not have there."""

    page: Claims
    line: int
    symbol: Symbol


@dataclass
class Uses:
    """What a walk through all formulas of the book has found."""

    chapters: dict[Meaning, list[str]] = field(default_factory=dict)  # that use a meaning, each once
    unknown: list[Unknown] = field(default_factory=list)
    unreadable: list[tuple[Claims, int, str]] = field(default_factory=list)  # page, line and why


def find_uses(book: Book) -> Uses:
    """Look up every symbol of every formula."""
    uses = Uses()
    for page in book.pages.values():
        for symbol, line, meaning in _looked_up(book, page, uses):
            if meaning is None:
                uses.unknown.append(Unknown(page, line, symbol))
            elif page.chapter not in uses.chapters.setdefault(meaning, []):
                uses.chapters[meaning].append(page.chapter)
    return uses


def places(source: Source) -> list[Place]:
    """List the sections and exercises of a page that a scope can name, in order of their beginning.

    A section goes by the label above its heading, or else by the address that its heading gives it.
    """
    found = [*_sections(source), *_exercises(source)]
    return sorted(found, key=lambda place: place.first)


def _sections(source: Source) -> Iterator[Place]:
    for number, heading in enumerate(source.headings):
        later = (next_.line for next_ in source.headings[number + 1 :] if next_.level <= heading.level)
        # Of a heading with links or roles, the source does not tell the address.
        label = heading.label or ("" if set("[{") & set(heading.text) else make_id(heading.text))
        if label and heading.level > 1:
            yield Place(label, heading.line, next(later, sys.maxsize) - 1)


def _exercises(source: Source) -> Iterator[Place]:
    for number, block in enumerate(source.directives):
        if end := GATES.get(block.name):
            ends = (later.line for later in source.directives[number:] if later.name == end)
            yield Place(block.option("label") or block.argument, block.line, next(ends, sys.maxsize))


def _looked_up(book: Book, page: Claims, uses: Uses) -> Iterator[tuple[Symbol, int, Meaning | None]]:
    """Give each symbol of a page with its line and its meaning; one without a meaning comes once."""
    missed: set[str] = set()
    here = places(page.source)
    for line, tex in _formulas(page.source):
        labels = [place.label for place in here if place.first <= line <= place.last]
        try:
            found = symbols(tex, book.settings.tex_macros)
        except ValueError as error:
            uses.unreadable.append((page, line, f"{tex.strip()!r}: {error}"))
            continue
        known = meanings(book.notation, page.chapter, labels)
        for symbol, meaning in chain.from_iterable(_explained(each, known) for each in found):
            if meaning or symbol.base not in missed:
                yield symbol, line, meaning
            missed |= set() if meaning else {symbol.base}


def _formulas(source: Source) -> Iterator[tuple[int, str]]:
    for inline in source.inlines:
        typed = inline.kind == "math" and not is_accidental(inline.content)
        if typed or inline.kind == "equation" or (inline.kind == "role" and inline.name == "math"):
            yield inline.line, inline.content


def meanings(entries: Sequence[Entry], chapter: str, labels: Sequence[str]) -> dict[str, Meaning]:
    """Map the name of each symbol to its meaning in these places of a chapter: the narrowest scope decides."""
    scopes = [BOOK, chapter, *(f"{chapter}#{label}" for label in labels)]
    return {entry.name: (entry, scope) for scope in scopes for entry in entries if scope in entry.scope}


def _explained(symbol: Symbol, known: Mapping[str, Meaning]) -> Iterator[tuple[Symbol, Meaning | None]]:
    """Look a symbol up with its subscript (`d_k`, a width); without such an entry, each part by itself."""
    if symbol.name in known:
        yield symbol, known[symbol.name]
        return
    yield symbol, known.get(symbol.base)
    for each in symbol.inside:
        yield from _explained(each, known)
