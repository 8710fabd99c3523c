"""The list of changed pages: an edit of prose names its page, an edit of a module the chapters that use it."""

import subprocess
from pathlib import Path

import pytest

from press.changes import changed_pages, common_base
from press.settings import PressError, read_settings

WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *WHO, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Edit")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def history(house: Path) -> Path:
    """Give a copy of the book with one commit, on the branch main."""
    (house / ".gitignore").write_text("__pycache__/\n")
    git(house, "init", "--quiet", "--initial-branch=main")
    commit(house)
    return house


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def test_nothing_changed(history: Path) -> None:
    assert changed_pages(read_settings(history), "HEAD") == []


def test_prose_names_its_page(history: Path) -> None:
    append(history / "book/bibliography.md", "\nMore.\n")
    append(history / "README.md", "\nMore.\n")
    assert changed_pages(read_settings(history), "HEAD") == ["book/bibliography"]


def test_a_module_names_the_chapters_that_use_it(history: Path) -> None:
    append(history / "code/largemodels/foundations/engine.py", "\n# More.\n")
    changed = changed_pages(read_settings(history), "HEAD")
    assert "book/foundations/backprop" in changed
    assert "book/bibliography" not in changed


def test_a_new_page_is_listed(history: Path) -> None:
    (history / "book/new.md").write_text("# New\n")
    assert changed_pages(read_settings(history), "HEAD") == ["book/new"]


def test_an_unknown_commit_is_refused(history: Path) -> None:
    with pytest.raises(PressError, match="name a commit of this checkout"):
        changed_pages(read_settings(history), "nowhere")


def test_the_base_is_where_the_branch_began(history: Path) -> None:
    began = git(history, "rev-parse", "HEAD")
    git(history, "switch", "--quiet", "--create", "chapter")
    commit(history)
    commit(history)
    assert common_base(read_settings(history)) == began


def test_on_the_main_branch_the_base_is_the_commit_before(history: Path) -> None:
    settings = read_settings(history)
    assert "book/bibliography" in changed_pages(settings, common_base(settings))  # the first commit: all is new
    commit(history)
    assert changed_pages(settings, common_base(settings)) == []
