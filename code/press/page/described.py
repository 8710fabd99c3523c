"""Every picture is described in words, or the build stops: for readers who can't see it, and for those in a hurry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import PurePosixPath

from docutils import nodes
from docutils.utils import get_source_line
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

Attributes = dict[str, str | None]

# What myst-nb names an image that a cell made: no description, but the digest of its content.
HASH = re.compile(r"[0-9a-f]{32,}")


def setup(app: Sphinx) -> None:
    """Check each page when it is read, so that a faulty one is not remembered as read."""
    app.connect("doctree-read", require_descriptions)


def require_descriptions(app: Sphinx, doctree: nodes.document) -> None:
    """Check all pictures of a page.

    Raises ExtensionError that names the page and each picture that has no description.
    """
    faults = [*_undescribed_images(doctree), *_undescribed_html(doctree)]
    if faults:
        raise ExtensionError("\n".join(f"{app.env.doc2path(app.env.docname)}{fault}" for fault in faults))


def _undescribed_images(doctree: nodes.document) -> Iterator[str]:
    for image in doctree.findall(nodes.image):
        name = PurePosixPath(str(image.get("uri", "")))
        if described(image.get("alt"), name.name):
            continue
        if HASH.fullmatch(name.stem):
            cell = _cell_of(image)
            yield f"{cell}: a cell draws a picture without words. Give the figure a description: show(fig, alt=…)."
        else:
            _, line = get_source_line(image)
            yield f"{f':{line}' if line else ''}: the image {name} has no description. Give it an `:alt:` text."


def _undescribed_html(doctree: nodes.document) -> Iterator[str]:
    for raw in doctree.findall(nodes.raw):
        if "html" in raw.get("format", "").split():
            pictures = Pictures()
            pictures.feed(raw.astext())
            for fault in pictures.faults:
                yield f"{_cell_of(raw)}: {fault}"


def described(alt: str | None, file: str = "") -> bool:
    """Tell whether words describe a picture: not empty, no file name, no digest."""
    words = (alt or "").strip()
    return bool(words) and words != file and not HASH.search(words)


class Pictures(HTMLParser):
    """Collects the pictures in a piece of HTML that nobody described."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._inside = 0  # how many <svg> elements are open: only the outermost one is a picture

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an image or a drawing."""
        given = dict(attrs)
        if tag == "svg":
            self._inside += 1
            if self._inside == 1 and not _decorative(given):
                self._check_svg(given)
        elif tag == "img" and not _decorative(given):
            file = PurePosixPath(given.get("src") or "")
            if not described(given.get("alt"), file.name):
                self.faults.append(f"the image {file.name[:60]} has no description. Give it an alt text.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a picture that has no content of its own."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a drawing."""
        if tag == "svg":
            self._inside -= 1

    def _check_svg(self, given: Attributes) -> None:
        if given.get("role") != "img" or not described(given.get("aria-label")):
            self.faults.append("a drawing has no description. Give the figure one: show(fig, alt=…).")


def _decorative(given: Attributes) -> bool:
    """Tell whether the page itself says that a picture carries no meaning."""
    return given.get("aria-hidden") == "true" or given.get("role") in ("presentation", "none")


def _cell_of(node: nodes.Node) -> str:
    """Name the code cell that a node stands in, as `, cell 3`; nothing outside of cells."""
    cell: nodes.Node | None = node
    while cell is not None and not _is_cell(cell):
        cell = cell.parent
    if cell is None or node.document is None:
        return ""
    number = 1 + next(i for i, other in enumerate(node.document.findall(_is_cell)) if other is cell)
    return f", code cell {number}"


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
