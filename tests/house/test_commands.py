"""The commands say what is wrong in one sentence, and fail the first time and every time."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from largemodels.core import store
from press import environment
from press.build import fetch_all, write_pages
from press.chapter import Chapter
from press.checks import Check, passes
from press.cli import main
from press.serve import IGNORED
from press.settings import PressError, read_settings

ROOT = Path(__file__).parents[2]


def test_outside_a_book_a_command_says_so(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lint"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is in no book" in said


def test_a_fault_on_a_page_fails_every_build(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("")
    (tmp_path / "index.rst").write_text("Title\n=====\n\n:ref:`nowhere`\n")
    settings = replace(read_settings(ROOT), root=tmp_path, build=tmp_path / "_build")
    for _ in range(2):
        with pytest.raises(PressError, match="mend what the lines above say"):
            write_pages(settings)
    (tmp_path / "index.rst").write_text("Title\n=====\n")
    write_pages(settings)
    assert (settings.html / "index.html").is_file()


def test_missing_data_without_a_network_is_one_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LARGEMODELS_HOME", str(tmp_path))
    monkeypatch.setenv("LARGEMODELS_OFFLINE", "1")
    name = next(iter(store.items()))
    front = {"data": [name]}
    chapter = Chapter(tmp_path, "book/a/b", "a", "b", "B", front, nbformat.v4.new_notebook())
    with pytest.raises(PressError, match=rf"python -m largemodels fetch {name}"):
        fetch_all([chapter], print)


@pytest.mark.parametrize(("code", "verdict"), [("pass", "ok"), ("print('why'); raise SystemExit(2)", "FAULTS")])
def test_a_check_reports_its_verdict(code: str, verdict: str) -> None:
    lines: list[str] = []
    assert passes(Check("Sample", (sys.executable, "-c", code), "mend it"), ROOT, lines.append) == (verdict == "ok")
    assert verdict in lines[0]
    assert lines[1:] == (["why"] if verdict == "FAULTS" else [])


@pytest.mark.parametrize("path", ["/b/_build/html/x.html", "/b/.git/index", "/b/code/press/__pycache__/x.pyc"])
def test_the_server_ignores_what_builds_write(path: str) -> None:
    assert re.search(IGNORED, path)


@pytest.mark.parametrize("path", ["/b/book/foundations/backprop.md", "/b/code/press/build.py", "/b/_toc.yml"])
def test_the_server_follows_the_sources(path: str) -> None:
    assert not re.search(IGNORED, path)


def test_the_environment_is_left_alone_when_nothing_changed(tmp_path: Path, monkeypatch) -> None:
    stamp = tmp_path / ".installed"
    stamp.write_text(environment.fingerprint())
    monkeypatch.setattr(environment, "STAMP", stamp)
    monkeypatch.setattr(environment, "install", lambda _: pytest.fail("installed again"))
    assert environment.main() == 0


def test_a_failed_install_is_explained(tmp_path: Path, monkeypatch, capsys) -> None:
    def fail(python: Path) -> None:
        raise environment.subprocess.CalledProcessError(1, ["pip"], output="no such package\n")

    monkeypatch.setattr(environment, "STAMP", tmp_path / ".installed")
    monkeypatch.setattr(environment, "make_environment", lambda: tmp_path)
    monkeypatch.setattr(environment, "install", fail)
    assert environment.main() == 1
    assert "no such package\npip could not install" in capsys.readouterr().err
    assert not (tmp_path / ".installed").exists()
