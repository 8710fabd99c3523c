"""Prose: the book's voice, dollars that are money, headings in order, citations that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from press.book import REFERENCES, Book, Problem
from press.claims import Claims
from press.source import Inline

_EMPTY_WORD = re.compile(r"\b(simply|obviously)\b", re.IGNORECASE)
# Not in front of `=` (code that lost its backticks) nor after a digit (a factorial).
_EXCLAMATION = re.compile(r"(?:^|(?<=[^\W\d])|(?<=[’”\")]))!(?=$|[\s”’\")])")
_TODO = re.compile(r"\b(TODO|FIXME|XXX|TBD)\b")
_COMMENT = re.compile(r"#\s*(TODO|FIXME|XXX|TBD)\b")
# In a formula, words are spelled inside a command.
_COMMAND = re.compile(r"\\[A-Za-z]+(\s*\{[^{}]*\})?")
_WORDS = re.compile(r"(?:^|[\s/])[a-z]{3,}(?=[\s,.;]|$)")


def check_prose(book: Book, page: Claims) -> Iterator[Problem]:
    """Find words that the book does without, accidental mathematics, leftovers and dead citations."""
    for inline in page.source.inlines:
        for text in (*_voice(inline), *_dollars(inline), *_citations(book, inline)):
            yield book.problem(page, inline.line, text)
    for cell in page.source.cells:
        if match := _COMMENT.search(cell.body):
            yield book.problem(page, cell.line, f"a {match[1]} is left in the cell; do it or open an issue")
    yield from _headings(book, page)


def _voice(inline: Inline) -> Iterator[str]:
    if inline.kind != "text":
        return
    if match := _EMPTY_WORD.search(inline.content):
        yield f"the book does without {match[1]!r}; drop the word or say why it is so"
    if _EXCLAMATION.search(inline.content):
        yield "the book does without exclamation marks; end the sentence with a full stop"
    if match := _TODO.search(inline.content):
        yield f"a {match[1]} is left in the text; do it or open an issue"


def _dollars(inline: Inline) -> Iterator[str]:
    """Tell money from mathematics: `$5 and $6` reads as the formula `5 and `."""
    if inline.kind != "math":
        return
    if is_accidental(inline.content):
        yield f"`${inline.content}$` is read as mathematics; write \\$ for money, or drop the spaces inside the dollars"


def is_accidental(formula: str) -> bool:
    """Tell whether the dollars around a formula are probably money."""
    bare = _COMMAND.sub(" ", formula)
    return formula != formula.strip() or bool(formula[:1].isdigit() and _WORDS.search(bare))


def _citations(book: Book, inline: Inline) -> Iterator[str]:
    if inline.kind != "role" or not re.fullmatch(r"cite(:\w+)?", inline.name):
        return
    for key in (key.strip() for key in inline.content.split(",")):
        if key not in book.references:
            yield f"the citation {key!r} is not in {REFERENCES}; correct the key or add the entry"


def _headings(book: Book, page: Claims) -> Iterator[Problem]:
    previous = 0
    for heading in page.source.headings:
        if heading.level > previous + 1:
            text = f"the heading {heading.text!r} skips a level; use {'#' * (previous + 1)} here"
            yield book.problem(page, heading.line, text)
        if heading.level == 1 and previous:
            text = f"the page has a second title {heading.text!r}; use ## here"
            yield book.problem(page, heading.line, text)
        previous = heading.level
    if not page.source.headings:
        yield book.problem(page, 1, "the page has no title; begin it with a heading `# ...`")
