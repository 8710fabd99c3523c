"""From a block of the page to Markdown: a table of writers, one a kind of node; the unknown is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeAlias

from docutils import nodes

from press.export import shapes
from press.export.inline import inline, is_inline
from press.export.page import Page

BlockWriter: TypeAlias = Callable[[nodes.Element, Page], list[str]]

_WRITERS: dict[str, BlockWriter] = {}


def writes(*tagnames: str) -> Callable[[BlockWriter], BlockWriter]:
    """Register a function as the writer of nodes with these names."""

    def register(writer: BlockWriter) -> BlockWriter:
        _WRITERS.update(dict.fromkeys(tagnames, writer))
        return writer

    return register


def block(node: nodes.Node, page: Page) -> list[str]:
    """Write one block as Markdown blocks.

    Raises PressError, naming chapter and line, if no writer knows the node.
    """
    if not isinstance(node, nodes.Element):
        return [shapes.paragraph(inline(node, page))]
    if "notebook" in node:
        return [str(node["notebook"])] if node["notebook"] else []
    writer = _WRITERS.get(node.tagname)
    if writer is None:
        page.refuse(node, f"it has no Markdown for `{node.tagname}` ({node.astext()[:60]!r})")
    return writer(node, page)


def body(found: Sequence[nodes.Node], page: Page) -> list[str]:
    """Write blocks one below another; words that stand between them become paragraphs."""
    written: list[str] = []
    for loose, run in groupby(found, is_inline):
        if loose:
            written.append(shapes.paragraph("".join(inline(node, page) for node in run)))
        else:
            written += [text for node in run for text in block(node, page)]
    return [text for text in written if text]
