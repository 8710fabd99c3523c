"""The notebooks of the real book, as the last build exported them: plain Markdown throughout, complete, valid."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt

from press.chapter import find_chapters
from press.export.addresses import VERSIONS, notebook_path
from press.launch.checks import check_full, check_student
from press.settings import find_root, read_settings

ROOT = find_root(Path(__file__))
NOTEBOOKS = read_settings(ROOT).notebooks

# What MyST means and plain Markdown does not, in prose (fences and code spans may show anything).
MYST = {
    "a role": re.compile(r"\{[a-z][\w:.-]*\}(?=`)"),
    "a colon fence": re.compile(r"^\s*:{3,}", re.M),
    "a label": re.compile(r"^\s*\([\w:.-]+\)=\s*$", re.M),
    "a comment": re.compile(r"^\s*%\s", re.M),
    "a cell break": re.compile(r"^\s*\+\+\+", re.M),
    "an option": re.compile(r"^\s*:[a-z-]+:\s", re.M),
}
DIRECTIVE = re.compile(r"^\{[a-z]")


@pytest.fixture(scope="module")
def notebooks():
    found = sorted(NOTEBOOKS.rglob("*.ipynb"))
    if not found and not os.environ.get("CI"):
        pytest.skip("no exported notebooks: `make book` makes them")
    assert found, "CI must build the book before it tests the exported notebooks"
    return {path.relative_to(NOTEBOOKS).as_posix(): nbformat.read(path, 4) for path in found}


def leftovers(source: str) -> list[str]:
    """Name what is left of MyST in a Markdown cell, outside the code that it shows."""
    found = []
    source = re.sub(r"\$\$.*?\$\$", "", source, flags=re.S)
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        if token.type == "fence" and DIRECTIVE.match(token.info):
            found.append(f"a directive: {token.info}")
        if token.type == "inline":
            prose = "".join(part.content if part.type != "code_inline" else "`" for part in token.children or [])
            prose = re.sub(r"\$[^$]+\$", "", token.content and prose)
            found += [f"{name}: {prose[:80]!r}" for name, pattern in MYST.items() if pattern.search(prose)]
    return found


@pytest.mark.parametrize(
    "source",
    ["```{note}\nx\n```", "{ref}`x`", ":::{note}\nx\n:::", "(label)=\n# x", "% comment", "+++", "a {cite:p}`b` c"],
)
def test_leftovers_are_seen(source):
    assert leftovers(source)


@pytest.mark.parametrize(
    "source", ["`{ref}` is a role", "````md\n```{note}\n```\n````", "$\\{x\\}$ (a) = b", "50 % of {a}"]
)
def test_plain_markdown_is_no_leftover(source):
    assert not leftovers(source)


def test_no_myst_is_left_in_any_notebook(notebooks):
    found = {
        f"{name}, cell {place}": rest
        for name, notebook in notebooks.items()
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and (rest := leftovers(cell.source))
    }
    assert not found


def test_every_notebook_is_valid_and_begins_with_its_installation(notebooks):
    for name, notebook in notebooks.items():
        nbformat.validate(notebook)
        assert notebook.cells[0].metadata.tags == ["install"], name
        assert "%pip install" in notebook.cells[0].source, name


def test_every_image_has_a_text(notebooks):
    bare = [
        f"{name}: {cell.source[:80]!r}"
        for name, notebook in notebooks.items()
        for cell in notebook.cells
        if cell.cell_type == "markdown" and "![](" in cell.source
    ]
    assert not bare


def test_both_versions_hold_the_cells_of_each_chapter(notebooks):
    built = [chapter for chapter in find_chapters(ROOT) if notebook_path(chapter, "full") in notebooks]
    assert 2 * len(built) == len(notebooks), "a notebook has no chapter, or lacks its other version"
    for chapter in built:
        full, student = (notebooks[notebook_path(chapter, version)] for version in VERSIONS)
        if (ROOT / f"{chapter.docname}.md").stat().st_mtime > (
            NOTEBOOKS / notebook_path(chapter, "full")
        ).stat().st_mtime:
            continue  # edited since the last build
        assert not [*check_full(chapter, full), *check_student(chapter, student)], chapter.docname
