"""`make new-chapter` lays a chapter that passes the book's own checks and its own tests as it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from press.lint import lint
from press.new_chapter import new_chapter, reading_order
from press.settings import PressError
from press.toc import insert_chapter

ROOT = Path(__file__).parents[2]


def run(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(house / "code")}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


def test_it_passes_lint_layout_and_its_own_tests(house: Path) -> None:
    paths = new_chapter(house, "generative", "text-to-image")
    laid = [path for path in paths if path.name != "_toc.yml"]
    names = {path.relative_to(house) for path in laid}
    assert not [str(problem) for problem in lint(house) if problem.path in names]
    code = [str(path) for path in laid if path.suffix == ".py"]
    for tool in (("check",), ("format", "--check")):
        assert run(house, "ruff", *tool, *code).returncode == 0
    done = run(house, "pytest", "-q", "tests/test_exercises.py", "-k", "text-to-image")
    assert done.returncode == 0, done.stdout


def test_it_takes_its_place_in_the_reading_order() -> None:
    toc = "root: book/index\nparts:  # in order\n  - caption: Reference\n    chapters:\n      - file: book/glossary\n"
    for chapter in ("language/attention", "foundations/networks", "language/text", "foundations/pipeline"):
        toc = insert_chapter(toc, *chapter.split("/"), reading_order())
    parts = yaml.safe_load(toc)["parts"]
    assert [part["caption"] for part in parts] == ["Foundations", "Language", "Reference"]
    listed = [chapter["file"].removeprefix("book/") for part in parts for chapter in part["chapters"]]
    assert listed == [
        "foundations/pipeline",
        "foundations/networks",
        "language/text",
        "language/attention",
        "glossary",
    ]
    assert "# in order" in toc


@pytest.mark.parametrize(
    ("part", "name", "sentence"),
    [
        ("poetry", "sonnets", "There is no part 'poetry'"),
        ("language", "sonnets", "has no chapter 'sonnets'"),
    ],
)
def test_an_unknown_chapter_is_refused(house: Path, part: str, name: str, sentence: str) -> None:
    with pytest.raises(PressError, match=sentence):
        new_chapter(house, part, name)


def test_an_existing_chapter_is_refused_and_nothing_changes(house: Path) -> None:
    new_chapter(house, "generative", "vae")
    before = (house / "_toc.yml").read_text("utf-8")
    with pytest.raises(PressError, match=r"book/generative/vae\.md exists already"):
        new_chapter(house, "generative", "vae")
    assert (house / "_toc.yml").read_text("utf-8") == before


def test_the_command_wants_both_words(house: Path) -> None:
    done = run(house, "press", "new-chapter", "part=language", "name=")
    assert done.returncode == 1
    assert done.stderr == "Say which chapter: make new-chapter part=PART name=NAME, as in book/syllabus.yml.\n"


@pytest.mark.slow
def test_the_laid_chapter_builds(house: Path) -> None:
    new_chapter(house, "generative", "vae")
    cache = ROOT / "_build/.jupyter_cache"
    if cache.is_dir():  # the other chapters need not be executed again
        shutil.copytree(cache, house / "_build/.jupyter_cache")
    done = run(house, "press", "build")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (house / "_build/html/book/generative/vae.html").read_text("utf-8")
    assert "A parabola" in page
