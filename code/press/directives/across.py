"""What a page shows of other pages: read before the build, checked, and written again when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from press.book import Book, read_book
from press.claims import Claims
from press.figures import draw_all
from press.lint import CLAIM_RULES, apply_rules, summary
from press.settings import PressError

# Directives whose content comes from all other pages.
ACROSS = ("coverage", "paths", "notation")

_BOOKS: WeakKeyDictionary[Sphinx, Book] = WeakKeyDictionary()
_LOGGER = logging.getLogger(__name__)


class BookError(SphinxError):
    """A mistake in the book; the build stops each time until it is mended, and shows no traceback."""

    category = "The book cannot be built"


def book_of(env: BuildEnvironment) -> Book:
    """Give the book that is being built."""
    return _BOOKS[env.app]


def page_of(env: BuildEnvironment) -> Claims:
    """Give the page that is being read."""
    try:
        return book_of(env).pages[env.docname]
    except KeyError:
        raise BookError(f"{env.doc2path(env.docname)} stands outside `book/`; move it there.") from None


def setup(app: Sphinx) -> None:
    """Connect the steps of a build."""
    app.connect("builder-inited", prepare)
    app.connect("env-get-outdated", outdated_boxes)
    app.connect("env-updated", outdated_tables)


def prepare(app: Sphinx) -> None:
    """Read the book, stop at what is wrong in its claims, and draw its diagrams, before anything is executed."""
    try:
        book = read_book(Path(app.srcdir))
        draw_all(book.settings, echo=_LOGGER.info)
    except PressError as error:
        raise BookError(str(error)) from error
    problems = apply_rules(book, CLAIM_RULES)
    if problems:
        raise BookError(summary(problems))
    _BOOKS[app] = book


def outdated_boxes(
    _app: Sphinx, env: BuildEnvironment, added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    """Name the pages that require a chapter which was written or withdrawn since the last build."""
    moved = added | removed
    return [
        page.docname
        for page in book_of(env).pages.values()
        if page.docname in env.found_docs and any(f"book/{name}" in moved for name in page.requires)
    ]


def outdated_tables(_app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Name the pages made from all others, if what these claim has changed since the last build."""
    book = book_of(env)
    shown: list[Any] = [page.shown() for page in book.pages.values() if page.docname in env.found_docs]
    shown += [book.notation, book.syllabus.titles, list(book.syllabus.objectives.values())]
    digest = hashlib.sha256(repr(shown).encode()).hexdigest()
    if getattr(env, "press_shown", None) == digest:
        return []
    env.press_shown = digest  # type: ignore[attr-defined]  # Sphinx keeps what extensions add
    return [page.docname for page in book.pages.values() if page.docname in env.found_docs and _is_across(page)]


def _is_across(page: Claims) -> bool:
    return any(block.name in ACROSS for block in page.source.directives)
