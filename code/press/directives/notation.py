"""`{notation}`: what each symbol means, first those of the whole book, then those of each chapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from press.book import Book
from press.claims import Claims
from press.directives.across import book_of
from press.directives.html import Tag, table, tag
from press.directives.links import Links
from press.directives.placeholder import Placeholder, section
from press.new_chapter import reading_order
from press.notation import BOOK, NOTATION, Entry
from press.symbols import undecorated
from press.uses import find_uses


class NotationDirective(SphinxDirective):
    """Show the notation table, in a section for the whole book and one for each chapter with symbols of its own."""

    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Make the tables now, so that their formulas are set with the page; the links wait for the other pages."""
        book = book_of(self.env)
        self.env.note_dependency(str(book.settings.root / NOTATION))
        pages = (page for page in _in_order(book) if page.docname in self.env.found_docs)
        chapters = ((page, own) for page in pages if (own := _entries(book, page.chapter)))
        return [
            section("notation-book", "In the whole book", _table("the whole book", "Chapters", _common(book))),
            *(
                section(f"notation-{nodes.make_id(page.chapter)}", page.title, _chapter(page, own))
                for page, own in chapters
            ),
        ]


def _in_order(book: Book) -> list[Claims]:
    """List the pages in the order in which they are read."""
    planned = [f"{part}/{name}" for part, names in reading_order().items() for name in names]
    place = {name: number for number, name in enumerate(planned)}
    return sorted(book.pages.values(), key=lambda page: place.get(page.chapter, len(planned)))


def _entries(book: Book, chapter: str) -> list[Entry]:
    return sorted((entry for entry in book.notation if chapter in entry.chapters), key=_alphabetical)


def _alphabetical(entry: Entry) -> tuple[str, bool, str]:
    """Sort by letter, whatever its decorations, small ones first, Greek ones by their names."""
    letter = undecorated(entry.name).removeprefix("var")
    return letter.lower(), letter[:1].isupper(), entry.means


def _common(book: Book) -> Iterator[Tag]:
    uses = find_uses(book).chapters
    for entry in sorted(book.notation, key=_alphabetical):
        if BOOK in entry.scope:
            yield _row(entry, Placeholder(make=chapters_cell, chapters=uses.get((entry, BOOK), [])))


def _chapter(page: Claims, entries: Sequence[Entry]) -> Tag:
    rows = (_row(entry, _where(page, entry)) for entry in entries)
    return _table(page.title, "Where", rows)


def _where(page: Claims, entry: Entry) -> Placeholder:
    scopes = (scope.partition("#") for scope in entry.scope)
    labels = [label for chapter, _, label in scopes if chapter == page.chapter]
    return Placeholder(make=places_cell, docname=page.docname, labels=labels)


def _table(where: str, last: str, rows: Iterable[Tag]) -> Tag:
    headers = ("Symbol", "Meaning", "Shape or unit", "In code", last)
    return table(f"Symbols: {where}", f"Symbols of {where}", headers, [tag("tbody", *rows)])


def _row(entry: Entry, where: nodes.Node) -> Tag:
    return tag(
        "tr",
        tag("td", nodes.math(entry.tex, entry.tex)),
        tag("td", *_phrase(entry.means)),
        tag("td", *_phrase(entry.shape)),
        tag("td", *([nodes.literal("", entry.code)] if entry.code else [])),
        where,
    )


def _phrase(text: str) -> Iterator[nodes.Node]:
    """Turn text into nodes; what stands between dollars is a formula."""
    for number, piece in enumerate(text.split("$")):
        if piece:
            yield nodes.math(piece, piece) if number % 2 else nodes.Text(piece)


def chapters_cell(links: Links, holder: Placeholder) -> Tag:
    """Link to the chapters that use a symbol of the whole book."""
    pages = (page for page in _in_order(links.book) if page.docname in links.env.found_docs)
    return tag("td", *_listed(links.short(page) for page in pages if page.chapter in holder["chapters"]))


def places_cell(links: Links, holder: Placeholder) -> Tag:
    """Link to the sections and exercises of a chapter where a symbol means this."""
    page = links.book.pages[holder["docname"]]
    return tag("td", *_listed(links.place(page, label) for label in holder["labels"]))


def _listed(items: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Put commas between the items."""
    return list(chain.from_iterable((nodes.Text(", "), item) for item in items))[1:]
