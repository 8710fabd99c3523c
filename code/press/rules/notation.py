"""Notation: each symbol of a formula is in the table, with one meaning at each place, and the table holds no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, starmap
from pathlib import Path

from press.book import Book, Problem
from press.notation import BOOK, NOTATION, Entry
from press.uses import Unknown, Uses, find_uses, places

NAMED = 3  # meanings that a sentence names before it says "and more"


def check_notation(book: Book) -> Iterator[Problem]:
    """Find symbols without a meaning or with two, and meanings without a use."""
    uses = find_uses(book)
    for page, line, fault in uses.unreadable:
        yield book.problem(page, line, f"the formula cannot be read, {fault}; correct its TeX")
    for unknown in uses.unknown:
        yield book.problem(unknown.page, unknown.line, _unknown(book, unknown))
    clashes = [(one, other, shared) for one, other in combinations(book.notation, 2) if (shared := _shared(one, other))]
    # Of two that clash only one can be found in use.
    unused = _unused(book, uses, {entry for *pair, _ in clashes for entry in pair})
    for entry, text in (*starmap(_clash, clashes), *unused):
        yield Problem(Path(NOTATION), entry.line, text)


def _unknown(book: Book, unknown: Unknown) -> str:
    chapter, base = unknown.page.chapter, unknown.symbol.base
    elsewhere = [f"{entry.means!r} in line {entry.line}" for entry in book.notation if entry.name == base]
    if not elsewhere:
        return (
            f"the symbol `{base}` is not in {NOTATION}; give it an entry there with the scope `{chapter}`, "
            r"or write what is a word as `\text{...}`"
        )
    shown = ", ".join(elsewhere[:NAMED]) + (" and more" if len(elsewhere) > NAMED else "")
    return (
        f"the symbol `{base}` has no meaning here in {NOTATION}; add `{chapter}` to the scope of the meaning that fits "
        f"({shown}), or give it an entry of its own"
    )


def _clash(one: Entry, other: Entry, shared: str) -> tuple[Entry, str]:
    text = (
        f"`{other.tex}` has two meanings in {shared}, {one.means!r} (line {one.line}) and {other.means!r}; "
        "choose another letter, or let one name the section or exercise where it holds, as part/name#label"
    )
    return other, text


def _shared(one: Entry, other: Entry) -> str:
    """Say where both entries give one symbol a meaning with equal right; nowhere if one of them is narrower."""
    if one.name != other.name:
        return ""
    if BOOK in one.scope and BOOK in other.scope:
        return "the whole book"
    if BOOK in one.scope or BOOK in other.scope:
        return ", ".join(scope for scope in (*one.scope, *other.scope) if scope != BOOK and "#" not in scope)
    return ", ".join(scope for scope in one.scope if scope in other.scope)


def _unused(book: Book, uses: Uses, known: set[Entry]) -> Iterator[tuple[Entry, str]]:
    for entry in (entry for entry in book.notation if entry not in known):
        for scope in entry.scope:
            if (entry, scope) not in uses.chapters:
                yield entry, f"`{entry.tex}`: {_why(book, scope)}"


def _why(book: Book, scope: str) -> str:
    chapter, _, label = scope.partition("#")
    if scope == BOOK:
        return "no chapter uses it in this meaning; remove the entry until one does"
    page = next((page for page in book.pages.values() if page.chapter == chapter), None)
    if page is None:
        return f"its scope names {chapter!r}, which is no page of the book; write part/name"
    if label and label not in {place.label for place in places(page.source)}:
        return f"{chapter} has no section or exercise with the label {label!r}; correct its scope"
    return f"{scope} does not use it in this meaning; drop that from its scope"
