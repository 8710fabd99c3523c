"""The folder of exported notebooks, which a workflow pushes as the `notebooks` branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from press.export.addresses import FULL, STUDENT, requirement
from press.settings import Settings

README = """\
# Notebooks of {title}

A build of {repository} wrote this branch, at commit {commit}; changes made here are lost with the next build.

- `{full}/` holds each chapter with its solutions, `{student}/` the same without them.
- `.binder/` is what Binder needs to open them.

Read the book at {site}. Text: CC BY 4.0. Code: Apache-2.0.
"""
_BINDER = ".binder"


def branch_files(settings: Settings, extras: Iterable[str]) -> dict[str, str]:
    """Give the files of the branch beside the notebooks: its README and what Binder needs.

    Binder's files are the repository's own; `package.txt` tells them which package to install, with all `extras`.
    """
    files = {"README.md": _readme(settings)}
    for path in sorted((settings.root / _BINDER).glob("*")):
        files[f"{_BINDER}/{path.name}"] = path.read_text("utf-8")
    files[f"{_BINDER}/package.txt"] = requirement(settings, extras) + "\n"
    return files


def write_tree(folder: Path, files: Mapping[str, str]) -> None:
    """Make a folder hold exactly these files (path -> text); what has not changed is not touched."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name, text in files.items():
        path, data = folder / name, text.encode()
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _readme(settings: Settings) -> str:
    return README.format(
        title=settings.title,
        repository=settings.repository,
        commit=settings.commit,
        full=FULL,
        student=STUDENT,
        site=settings.baseurl,
    )
