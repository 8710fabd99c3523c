"""A chapter as a Jupyter notebook: the cell that installs, a line that says what it is, then the chapter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from press.chapter import Chapter, tags
from press.export.addresses import STUDENT, extras, page_url, requirement
from press.export.markdown import Piece
from press.settings import Settings

INSTALL_TAG = "install"
INSTALL = '''\
# Installs the book's package where it is missing (in Colab, say). Where it is present, this does nothing.
import importlib.util

if importlib.util.find_spec("largemodels") is None:
    %pip install -q "{requirement}"'''

# Tags that mean something outside the press: to the reader, to Jupyter, to the launch test.
_KEPT_TAGS = ("starter", "checker", "solution", "measured", "change-me", "raises-exception")
_SOURCE_HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def make_notebook(chapter: Chapter, pieces: Sequence[Piece], settings: Settings, version: str) -> NotebookNode:
    """Put a chapter's pieces together as a valid notebook without outputs, the same bytes each time."""
    if version == STUDENT:
        pieces = [piece for piece in pieces if not piece.solution]
    cells = [_install(chapter, settings), _about(chapter, settings, version)]
    cells += _cells(chapter, pieces, with_solutions=version != STUDENT)
    for place, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{version}/{chapter.docname}:{place}".encode()).hexdigest()[:12]
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    notebook = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def write_notebook(notebook: NotebookNode) -> str:
    """Give a notebook's text as it stands in its file."""
    return str(nbformat.writes(notebook)).rstrip() + "\n"


def _install(chapter: Chapter, settings: Settings) -> NotebookNode:
    source = INSTALL.format(requirement=requirement(settings, extras(chapter)))
    return new_code_cell(source, metadata={"tags": [INSTALL_TAG]})


def _about(chapter: Chapter, settings: Settings, version: str) -> NotebookNode:
    kind = " without the solutions" if version == STUDENT else ""
    return new_markdown_cell(
        f"This notebook is the chapter [{chapter.title}]({page_url(settings, chapter.docname)}){kind}, "
        f"from *{settings.title}*. Run the cells from top to bottom with Shift+Enter; the first one installs "
        "what the others import. Text: CC BY 4.0. Code: Apache-2.0."
    )


def _cells(chapter: Chapter, pieces: Sequence[Piece], with_solutions: bool) -> Iterator[NotebookNode]:
    cells = chapter.notebook.cells
    # Cells that the page does not show must still run: each goes before the next one that is shown.
    hidden = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and "remove-cell" in tags(cell)]
    for index, text in _merge(pieces):
        if index is None:
            yield new_markdown_cell(text)
            continue
        while hidden and hidden[0] < index:
            yield from _code(cells[hidden.pop(0)], with_solutions)
        yield from _code(cells[index], with_solutions)
    for left in hidden:
        yield from _code(cells[left], with_solutions)


def _merge(pieces: Sequence[Piece]) -> Iterator[tuple[int | None, str]]:
    """Join Markdown between two code cells, headings or ends of solutions: one Markdown cell each."""
    texts: list[str] = []
    in_solution = False
    for piece in pieces:
        if texts and (piece.heading or piece.cell is not None or piece.solution != in_solution):
            yield None, "\n\n".join(texts)
            texts = []
        in_solution = piece.solution
        if piece.cell is not None:
            yield piece.cell, ""
        elif piece.text:
            texts.append(piece.text)
    if texts:
        yield None, "\n\n".join(texts)


def _code(cell: NotebookNode, with_solutions: bool) -> Iterator[NotebookNode]:
    found = tags(cell)
    if "solution" in found and not with_solutions:
        return
    metadata: dict[str, object] = {"tags": kept} if (kept := [t for t in _KEPT_TAGS if t in found]) else {}
    jupyter = {"source_hidden": True} if _SOURCE_HIDDEN & set(found) else {}
    jupyter |= {"outputs_hidden": True} if "hide-output" in found else {}
    metadata |= {"jupyter": jupyter} if jupyter else {}
    metadata |= {"scrolled": True} if "scroll-output" in found else {}
    yield new_code_cell(cell.source, metadata=metadata)
