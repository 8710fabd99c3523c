"""A resolved page as pieces of a notebook: Markdown that Jupyter and Colab show, and the places of its cells.

Sphinx has resolved everything by then (numbers, references, citations, glued values), so that a notebook says
what its page says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docutils import nodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from press.export import components, shapes, standard
from press.export.blocks import body
from press.export.inline import children
from press.export.page import Page

# Importing these two fills the table of writers.
_WRITERS = (components, standard)


@dataclass(frozen=True)
class Piece:
    """A block of Markdown, or a code cell."""

    text: str = ""
    cell: int | None = None  # index of the code cell in the chapter's notebook
    solution: bool = False  # not for the student's version
    heading: bool = False  # starts a Markdown cell of its own


def to_pieces(document: nodes.document, page: Page) -> list[Piece]:
    """Write a resolved page as pieces, in reading order.

    Raises PressError, naming chapter and line, if the export knows no Markdown for something on the page.
    """
    return list(_pieces(document.children, page, level=1))


def _pieces(found: Sequence[nodes.Node], page: Page, level: int) -> Iterator[Piece]:
    for node in found:
        if isinstance(node, nodes.section):
            yield from _section(node, page, level)
        elif isinstance(node, solution_node):
            yield from (replace(piece, solution=True) for piece in _solution(node, page, level))
        elif isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
            yield Piece(cell=int(node["cell_index"]))
            yield from (Piece(text) for text in components.captions(node, page))
        else:
            task = isinstance(node, (exercise_node, exercise_enumerable_node))
            yield from (Piece(text, heading=task) for text in body([node], page))


def _section(node: nodes.section, page: Page, level: int) -> Iterator[Piece]:
    rest = node.children
    if rest and isinstance(rest[0], nodes.title):
        title = page.section(node) + children(rest[0], page)
        yield Piece(shapes.heading(title, level), heading=True)
        rest = rest[1:]
    yield from _pieces(rest, page, level + 1)


def _solution(node: nodes.Element, page: Page, level: int) -> Iterator[Piece]:
    title, *rest = node.children
    assert isinstance(title, nodes.Element)
    yield Piece(shapes.heading(children(title, page), level), heading=True)
    for part in rest:
        # The directive wraps what stands between its two ends in a section without a title.
        inner = part.children if isinstance(part, nodes.section) else [part]
        yield from _pieces(inner, page, level + 1)
