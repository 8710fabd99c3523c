"""Pictures: each is described for those who cannot see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from press.book import Book, Problem
from press.claims import Claims

PICTURES = ("figure", "image", "diagram")
_UNDESCRIBED = re.compile(r"<img\b(?![^>]*\balt\s*=)", re.IGNORECASE)


def check_images(book: Book, page: Claims) -> Iterator[Problem]:
    """Find pictures without alt text."""
    for block in page.source.directives:
        if block.name in PICTURES and not block.option("alt"):
            text = f"`{{{block.name}}} {block.argument}` has no alt text; add `:alt:` that says what the picture shows"
            yield book.problem(page, block.line, text)
    for inline in page.source.inlines:
        if inline.kind == "image" and not inline.content.strip():
            text = "the picture has no alt text; write what it shows between `![` and `]`"
            yield book.problem(page, inline.line, text)
        elif inline.kind == "html" and _UNDESCRIBED.search(inline.content):
            text = '`<img>` has no alt text; add alt="...", empty only if it is decoration'
            yield book.problem(page, inline.line, text)
