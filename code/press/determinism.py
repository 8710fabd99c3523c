"""Show that two cold builds agree, chapter by chapter: `python -m press determinism`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode

from press.chapter import Chapter, find_chapters, tags
from press.execution.dependencies import Sources
from press.execution.schedule import execute_book
from press.settings import PressError, Settings

# A change in any of these can alter every chapter.
COMMON = ("constraints.txt", "pyproject.toml", "_config.yml", "code/press/execution/")
NOT_COPIED = shutil.ignore_patterns("_build", ".*", "node_modules", "__pycache__")


def compare(first: Path, second: Path, chapters: Sequence[str] | None = None) -> list[str]:
    """Compare the outputs of the same chapters in two builds' folders (each with its `.jupyter_cache`).

    Cells tagged `measured` may differ, and so may what no page shows. `chapters` are docnames (default:
    all that either build executed). Gives a sentence for the first difference of each chapter that has one.
    """
    builds = [_executed(folder / ".jupyter_cache") for folder in (first, second)]
    names = sorted(builds[0] | builds[1]) if chapters is None else chapters
    found = [_first_difference(name, builds[0].get(name), builds[1].get(name)) for name in names]
    return [difference for difference in found if difference]


def check(settings: Settings, chapters: Sequence[Chapter], report: Callable[[str], None]) -> list[str]:
    """Execute the chapters in two fresh copies of the book, and give the differences.

    Raises PressError if a chapter cannot be executed.
    """
    names = [chapter.docname for chapter in chapters]
    with tempfile.TemporaryDirectory(prefix="determinism-", ignore_cleanup_errors=True) as scratch:
        folders = [Path(scratch) / name for name in ("first", "second-build")]
        for folder in folders:
            report(f"Executing {len(names)} of the chapters in {folder}")
            _execute_copy(settings, folder, names, report)
        return compare(folders[0] / "_build", folders[1] / "_build", names)


def changed_chapters(settings: Settings, chapters: Sequence[Chapter], since: str) -> list[Chapter]:
    """Choose the chapters whose text, modules or data differ from the commit `since`.

    Raises PressError if git does not know that commit.
    """
    changed = _git(settings, "diff", "--name-only", "--relative", since, "--")
    changed |= _git(settings, "ls-files", "--others", "--exclude-standard")
    if any(path.startswith(COMMON) for path in changed):
        return list(chapters)
    sources = Sources(settings.root / "code")
    return [chapter for chapter in chapters if changed & _files(settings, sources, chapter)]


def _git(settings: Settings, *arguments: str) -> set[str]:
    found = subprocess.run(["git", *arguments], cwd=settings.root, capture_output=True, text=True, check=False)
    if found.returncode:
        reason = " ".join(found.stderr.split())
        raise PressError(f"git cannot say what has changed (`git {' '.join(arguments)}`): {reason}")
    return set(found.stdout.splitlines())


def _files(settings: Settings, sources: Sources, chapter: Chapter) -> set[str]:
    code = sources.files(cell.source for cell in chapter.code_cells)
    return {path.relative_to(settings.root).as_posix() for path in [chapter.path, *code]}


def _execute_copy(settings: Settings, folder: Path, names: Sequence[str], report: Callable[[str], None]) -> None:
    shutil.copytree(settings.root, folder, ignore=NOT_COPIED)
    copied = replace(settings, root=folder, build=folder / "_build")
    execute_book(copied, report, [chapter for chapter in find_chapters(folder) if chapter.docname in names])


def _executed(cache: Path) -> dict[str, NotebookNode]:
    """Map docnames to the last executed notebooks of a cache."""
    opened = JupyterCacheBase(cache)
    entries = sorted(opened.list_cache_records(), key=lambda entry: entry.created)
    return {entry.uri: opened.get_cache_bundle(entry.pk).nb for entry in entries}


def _first_difference(name: str, first: NotebookNode | None, second: NotebookNode | None) -> str | None:
    if first is None or second is None:
        return f"{name}: only one of the builds has executed it."
    if [cell.source for cell in first.cells] != [cell.source for cell in second.cells]:
        return f"{name}: the builds have executed different cells."
    for number, (one, other) in enumerate(zip(first.cells, second.cells, strict=True), 1):
        if "measured" not in tags(one):
            for path, a, b in _differing(_shown(one), _shown(other), "output"):
                line = one.source.strip().partition("\n")[0]
                return f"{name}, code cell {number} (`{line}`): {path} was {a!r} and then {b!r}."
    return None


def _shown(cell: NotebookNode) -> list[dict[str, Any]]:
    hidden = "stderr" if "remove-stderr" in tags(cell) else None
    outputs = (out for out in cell.outputs if hidden is None or out.get("name") != hidden)
    return [{key: value for key, value in out.items() if key != "execution_count"} for out in outputs]


def _differing(one: Any, other: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Give where two outputs differ: the path to it, and both values, shortened to the line that differs."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from _differing(one.get(key), other.get(key), f"{path} {key}")
    elif isinstance(one, list) and isinstance(other, list):
        for index, pair in enumerate(zip_longest(one, other), 1):
            yield from _differing(*pair, f"{path} {index}")
    elif isinstance(one, str) and isinstance(other, str):
        pairs = enumerate(zip_longest(one.splitlines(), other.splitlines()), 1)
        yield from ((f"{path}, line {n}", _short(a), _short(b)) for n, (a, b) in pairs if a != b)
    elif one != other:
        yield path, _short(one), _short(other)


def _short(value: Any) -> Any:
    return value if value is None else str(value)[:120]
