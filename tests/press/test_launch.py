"""The launch test itself: what it runs, what it checks, and that it can fail."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from press.chapter import read_chapter
from press.export.addresses import extras, requirement
from press.export.markdown import Piece
from press.export.notebook import make_notebook, write_notebook
from press.launch import launch_all
from press.launch.addresses import check_addresses, resolve
from press.launch.checks import check_full, check_imports, check_student, imports
from press.launch.environment import Environment
from press.launch.run import refusals, run_notebook, take_from_checkout
from press.launch.snapshot import take_snapshot
from press.settings import PressError, read_settings

CONFIG = """\
title: Some Book
repository: {url: https://github.com/somebody/some-book, branch: main}
parse: {myst_enable_extensions: [dollarmath]}
"""
CHAPTER = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
course: {objectives: []}
---
# A chapter

```{code-cell} ipython3
import largemodels.core
from largemodels.core.checker import check
```

```{code-cell} ipython3
:tags: [starter]
def f(x):
    ...
```

```{code-cell} ipython3
:tags: [checker]
check("a.b.c", f)
```

```{code-cell} ipython3
:tags: [solution]
def f(x):
    return x
assert check("a.b.c", f)
```
"""
CHECKER = """\
def check(name, answer):
    right = answer(1) == 1
    print("Correct." if right else "Not yet: f(1) returns None.")
    class Verdict:
        def __bool__(self): return right
        def _ipython_display_(self): pass
    return Verdict()
"""
PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "largemodels"
version = "0.1"
[tool.setuptools]
package-dir = {"" = "code"}
packages = ["largemodels", "largemodels.core"]
"""
PATH = "book/foundations/sample"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Lay a git checkout of a small book, its notebooks exported."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    files = {
        "_config.yml": CONFIG,
        "_toc.yml": f"format: jb-book\nroot: index\nchapters: [file: {PATH}]\n".replace("[file", "[{file").replace(
            "]", "}]"
        ),
        "index.md": "# Some Book\n",
        "constraints.txt": "",
        ".gitignore": "_build/\n",
        "pyproject.toml": PROJECT,
        f"{PATH}.md": CHAPTER,
        "code/largemodels/__init__.py": "",
        "code/largemodels/core/__init__.py": "",
        "code/largemodels/core/checker.py": CHECKER,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    export(tmp_path)
    return tmp_path


def export(root: Path) -> None:
    settings, chapter = read_settings(root), read_chapter(root / f"{PATH}.md")
    cells = [i for i, cell in enumerate(chapter.notebook.cells) if cell.cell_type == "code"]
    pieces = [Piece(cell=i, solution=i == cells[-1]) for i in cells]
    for version in ("full", "student"):
        path = settings.notebooks / version / "foundations" / "sample.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write_notebook(make_notebook(chapter, pieces, settings, version)))


def exported(root: Path, version: str) -> nbformat.NotebookNode:
    return nbformat.read(root / "_build" / "notebooks" / version / "foundations" / "sample.ipynb", 4)


def test_the_snapshot_holds_what_is_not_committed_and_not_what_is_ignored(checkout, tmp_path):
    snapshot = take_snapshot(checkout, tmp_path / "snapshot")
    assert len(snapshot.commit) == 40
    assert (tmp_path / "snapshot" / "code" / "largemodels" / "core" / "checker.py").is_file()
    assert not (tmp_path / "snapshot" / "_build").exists()


def test_without_a_git_checkout_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(PressError, match="needs the book as a git checkout"):
        take_snapshot(tmp_path, tmp_path / "snapshot")


def test_the_first_cell_takes_the_package_from_the_checkout(checkout):
    notebook = exported(checkout, "full")
    published = requirement(read_settings(checkout), extras(read_chapter(checkout / f"{PATH}.md")))
    take_from_checkout(notebook, published, "1234")
    assert '"largemodels @ git+https://github.com/somebody/some-book@1234"' in notebook.cells[0].source
    with pytest.raises(PressError, match="must install"):
        take_from_checkout(notebook, published, "1234")


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("Not yet: f(1) returns None.", True),
        ("Correct.", False),
        ("", False),
        ("Not yet: your answer stopped its checker, which raised KeyError.", False),
        ("Traceback (most recent call last):", False),
    ],
)
def test_a_checker_must_refuse_the_starter_with_a_sentence(text, fine):
    cell = new_code_cell("check(1)", metadata={"tags": ["checker"]}, outputs=[new_output("stream", text=text)])
    found = refusals(new_notebook(cells=[new_code_cell("1"), cell]))
    assert bool(found) is not fine
    assert fine or "code cell 2 does not refuse" in found[0]


def test_imports_are_read_from_cells_with_magics_too():
    source = "%matplotlib inline\nimport a.b as c\nfrom d.e import f, g\nfrom h import *\n"
    assert sorted(imports(source)) == [("a.b", ""), ("d.e", "f"), ("d.e", "g"), ("h", "")]


def test_an_exported_notebook_must_hold_the_chapters_cells(checkout):
    chapter = read_chapter(checkout / f"{PATH}.md")
    full, student = exported(checkout, "full"), exported(checkout, "student")
    assert not list(check_full(chapter, full)) and not list(check_student(chapter, student))
    assert list(check_student(chapter, full)) == ["its code cells are not those of the chapter without the solutions"]
    full.cells[-1].source += "\n1"
    assert list(check_full(chapter, full)) == ["its code cells are not those of the chapter"]
    student.cells.append(new_markdown_cell("### Solution to Exercise 1\nText."))
    assert "holds the text of a solution" in next(check_student(chapter, student))


def test_every_address_must_open_an_exported_file(checkout):
    settings, chapter = read_settings(checkout), read_chapter(checkout / f"{PATH}.md")
    page = settings.html / f"{PATH}.html"
    page.parent.mkdir(parents=True)
    colab = "https://colab.research.google.com/github/somebody/some-book/blob/notebooks/full/foundations/sample.ipynb"
    binder = "https://mybinder.org/v2/gh/somebody/some-book/notebooks?urlpath=lab/tree/full/foundations/gone.ipynb"
    page.write_text(f'<a href="{colab}"></a><a href="{binder}"></a><a href="https://example.org/x.ipynb"></a>')
    assert resolve(settings, page, colab) == ("Colab", settings.notebooks / "full/foundations/sample.ipynb")
    assert resolve(settings, page, colab.replace("somebody", "else")) is None
    found = "\n".join(check_addresses(settings, chapter))
    assert "a Binder button opens" in found and "gone.ipynb, which is missing" in found
    assert found.count("no button opens") == 5 and "sample.ipynb (download)" in found


def test_a_chapter_that_the_build_has_not_executed_is_named(checkout):
    with pytest.raises(PressError, match="book/foundations/sample: the build has not executed it as it stands"):
        launch_all(read_settings(checkout), say=list)


def test_an_unknown_chapter_is_refused(checkout):
    with pytest.raises(PressError, match=r"no chapter foundations/nothing; there are foundations/sample"):
        launch_all(read_settings(checkout), names=["foundations/nothing"], say=list)


def test_colabs_own_module_is_not_asked_for():
    asked = []

    def ask(_program, question):
        asked.extend(json.loads(question))
        return "[]"

    cell = SimpleNamespace(source="import numpy\nfrom google.colab import drive\n")
    chapter = SimpleNamespace(docname=PATH, code_cells=[cell])
    assert check_imports(SimpleNamespace(is_installed=lambda: True, ask=ask), chapter) == []
    assert asked == [["numpy", ""]]


@pytest.mark.slow
def test_notebooks_run_from_their_first_cell_in_an_empty_environment(checkout, tmp_path_factory):
    settings, chapter = read_settings(checkout), read_chapter(checkout / f"{PATH}.md")
    outside = tmp_path_factory.mktemp("outside")
    snapshot = take_snapshot(checkout, outside / "snapshot")
    environment = Environment(outside / "environment", settings, snapshot)
    assert check_imports(environment, chapter)[0].endswith("because no notebook installed the package.")
    for version in ("full", "student"):
        found, _ = run_notebook(environment, settings, chapter, version)
        assert not found, found[0]
    assert environment.is_installed()
    assert check_imports(environment, chapter) == []
    page = checkout / f"{PATH}.md"
    page.write_text(
        CHAPTER.replace("return x", "return 2 * x").replace("import largemodels.core\n", "import nothing.here\n")
    )
    chapter = read_chapter(page)
    assert check_imports(environment, chapter) == [f"{PATH}: imports what its extra does not bring: nothing.here."]
    page.write_text(CHAPTER.replace("return x", "return 2 * x"))
    export(checkout)
    found, _ = run_notebook(environment, settings, read_chapter(page), "full")
    assert len(found) == 1 and "full/foundations/sample.ipynb: code cell 5 raises AssertionError" in found[0]
