from __future__ import annotations

import subprocess

import pytest

from press.settings import PressError, find_root, read_settings


def test_paths_and_addresses_follow_from_the_config(book) -> None:
    settings = book.settings
    assert (settings.owner, settings.name, settings.slug) == ("your--account", "tiny", "your--account/tiny")
    assert settings.baseurl == "https://your--account.github.io/tiny/"
    assert settings.cache == book.root / "_build/.jupyter_cache"
    assert (settings.cpu_limit, settings.memory_limit) == (90, 2 * 2**30)


def test_a_fork_builds_its_own_addresses(book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.write("_config.yml", "repository: {url: https://github.com/a/tiny}\nhtml: {baseurl: https://a.org}\n")
    assert book.settings.baseurl == "https://a.org/"
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/tiny")
    assert book.settings.baseurl == "https://a.org/"
    monkeypatch.setenv("GITHUB_REPOSITORY", "Fork/fork.github.io")
    assert book.settings.repository == "https://github.com/Fork/fork.github.io"
    assert book.settings.baseurl == "https://fork.github.io/"


def test_the_commit_is_what_is_checked_out(book) -> None:
    def git(*words: str) -> str:
        run = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words]
        return subprocess.run(run, cwd=book.root, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    assert book.settings.commit == "main"  # nothing is committed yet
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert book.settings.commit == git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("title: [", "is not valid YAML"),
        ("- a", "must hold settings"),
        ("title: x", "must look like https://host/owner/name"),
        ("repository: here", "`repository` in _config.yml must hold settings"),
    ],
)
def test_a_bad_config_is_refused_in_a_sentence(book, config: str, sentence: str) -> None:
    book.write("_config.yml", config)
    with pytest.raises(PressError, match=sentence):
        read_settings(book.root)


def test_a_folder_outside_a_book_is_refused(tmp_path) -> None:
    with pytest.raises(PressError, match="is in no book"):
        find_root(tmp_path)
