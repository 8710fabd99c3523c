from __future__ import annotations

import subprocess

import pytest

from press.chapter import find_chapters
from press.cli import main
from press.determinism import changed_chapters, check

STEADY = "from largemodels import figure\nfigure.show()"
FIGURE = """
import numpy as np
from IPython.display import HTML, display
def show():
    display(HTML(f"<svg><path d='{np.random.default_rng(0).normal(size=3)}'/></svg>"))
    print({"a", "b", "c"}, __file__)
"""


@pytest.mark.slow
def test_two_cold_builds_agree_but_for_what_is_measured(book) -> None:
    book.write("code/largemodels/figure.py", FIGURE)
    book.chapter("steady", STEADY, ":tags: [measured]\nimport time\nprint(time.perf_counter())")
    assert check(book.settings, find_chapters(book.root), book.lines.append) == []


@pytest.mark.slow
def test_a_cell_that_differs_is_named(book) -> None:
    book.chapter("steady", "print(1)")
    book.chapter("wild", "print('same')\nimport secrets", "print('first')\nprint(secrets.token_hex())")
    [difference] = check(book.settings, find_chapters(book.root), book.lines.append)
    assert difference.startswith("book/foundations/wild, code cell 2 (`print('first')`): output 1 text, line 2 was")


@pytest.mark.slow
def test_what_no_page_shows_may_differ(book) -> None:
    cell = "import secrets, sys\nprint('same')\nprint(secrets.token_hex(), file=sys.stderr)"
    book.chapter("hidden", f":tags: [remove-stderr]\n{cell}")
    book.chapter("seen", f"{cell}  # not hidden")
    [difference] = check(book.settings, find_chapters(book.root), book.lines.append)
    assert difference.startswith("book/foundations/seen, code cell 1")


def test_only_changed_chapters_are_chosen(book) -> None:
    book.write("code/largemodels/figure.py", FIGURE)
    book.chapter("steady", STEADY)
    book.chapter("other", "print(1)")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=book.root, check=True)
    chapters = find_chapters(book.root)

    def changed() -> list[str]:
        return [chapter.name for chapter in changed_chapters(book.settings, chapters, "HEAD")]

    assert changed() == []
    book.write("code/largemodels/figure.py", FIGURE + "\n")
    assert changed() == ["steady"]
    book.write("constraints.txt", "torch==2.13.0\n")
    assert changed() == ["other", "steady"]


def test_an_unknown_chapter_is_refused_in_a_sentence(book, monkeypatch, capsys) -> None:
    book.chapter("one", "print(1)")
    monkeypatch.chdir(book.root)
    assert main(["determinism", "foundations/none"]) == 1
    assert capsys.readouterr().err == "There is no chapter foundations/none; there are foundations/one.\n"


def test_without_a_commit_to_compare_with_it_says_so(book, monkeypatch, capsys) -> None:
    book.chapter("one", "print(1)")
    subprocess.run(["git", "init", "-q"], cwd=book.root, check=True)
    monkeypatch.chdir(book.root)
    assert main(["determinism", "--changed"]) == 1
    assert "commit" in capsys.readouterr().err
