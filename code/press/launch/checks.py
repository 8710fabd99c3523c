"""What can be told of a notebook without running it: its cells, its imports, the addresses that open it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence

import nbformat
from nbformat import NotebookNode

from press.chapter import Chapter, tags
from press.execution.imports import parse_cell
from press.execution.schedule import open_cache
from press.export.addresses import FULL, STUDENT, VERSIONS, notebook_path
from press.launch.addresses import check_addresses
from press.launch.environment import Environment
from press.settings import PressError, Settings

# What Colab's own machines bring and nothing else has: a cell may use it where it has asked whether it is there.
COLAB_ONLY = "google.colab"

_RESOLVE = """
import importlib, importlib.util, json, sys
def resolves(module, name):
    if importlib.util.find_spec(module) is None:
        return False
    if not name or hasattr(importlib.import_module(module), name):
        return True
    return importlib.util.find_spec(f"{module}.{name}") is not None
def tried(module, name):
    try:
        return resolves(module, name)
    except ImportError:
        return False
print(json.dumps([pair for pair in json.load(sys.stdin) if not tried(*pair)]))
"""


def check_book(settings: Settings, chapters: Sequence[Chapter]) -> list[str]:
    """Check that each notebook holds what the build executed, and that every address opens one."""
    cache = open_cache(settings)
    problems = []
    for chapter in chapters:
        if cache.find(chapter) is None:
            problems.append(f"{chapter.docname}: the build has not executed it as it stands; build the book first.")
            continue
        full, student = (_read(settings, chapter, version) for version in VERSIONS)
        problems += [f"{notebook_path(chapter, FULL)}: {text}." for text in check_full(chapter, full)]
        problems += [f"{notebook_path(chapter, STUDENT)}: {text}." for text in check_student(chapter, student)]
        problems += check_addresses(settings, chapter)
    return problems


def check_full(chapter: Chapter, notebook: NotebookNode) -> Iterator[str]:
    """Tell where the full version's code is not the chapter's."""
    if _sources(notebook)[1:] != [cell.source for cell in chapter.code_cells]:
        yield "its code cells are not those of the chapter"


def check_student(chapter: Chapter, notebook: NotebookNode) -> Iterator[str]:
    """Tell where the student version lacks a cell, or shows a solution."""
    left = [cell.source for cell in chapter.code_cells if "solution" not in tags(cell)]
    if _sources(notebook)[1:] != left:
        yield "its code cells are not those of the chapter without the solutions"
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.lstrip("# ").startswith("Solution to "):
            yield f"it holds the text of a solution ({cell.source.splitlines()[0]!r})"


def check_imports(environment: Environment, chapter: Chapter) -> list[str]:
    """Check that what a chapter imports is in an environment where its package was installed."""
    if not environment.is_installed():
        return [f"{chapter.docname}: its imports cannot be checked, because no notebook installed the package."]
    pairs = {pair for cell in chapter.code_cells for pair in imports(cell.source)}
    asked = sorted(pair for pair in pairs if not pair[0].startswith(COLAB_ONLY))
    missing = json.loads(environment.ask(_RESOLVE, json.dumps(asked)))
    names = [".".join(filter(None, pair)) for pair in missing]
    return [f"{chapter.docname}: imports what its extra does not bring: {', '.join(names)}."] if names else []


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Give what a cell imports, as pairs of a module and a name in it ("" for the module itself)."""
    for node in ast.walk(parse_cell(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, "" if alias.name == "*" else alias.name) for alias in node.names)


def _read(settings: Settings, chapter: Chapter, version: str) -> NotebookNode:
    path = settings.notebooks / notebook_path(chapter, version)
    if not path.is_file():
        raise PressError(f"There is no notebook {path}; build the book first.")
    return nbformat.read(path, as_version=4)


def _sources(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]
