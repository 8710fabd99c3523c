"""Folders of the store: where they are, and how one appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from largemodels.core.store_table import StoreError

SEAL = ".sealed.json"


def home() -> Path:
    """Return the store's folder: LARGEMODELS_HOME, or `largemodels` in the system's cache folder."""
    if chosen := os.environ.get("LARGEMODELS_HOME"):
        return Path(chosen).expanduser().absolute()
    return _system_cache() / "largemodels"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, so that one process at a time makes it.

    Raises StoreError where the store can't be written: no right to, no space left.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            yield
    except OSError as error:
        raise StoreError(
            f"The store's folder {folder.parent} can't be used ({error}): mend that, or set LARGEMODELS_HOME."
        ) from error


@contextmanager
def replacing(folder: Path, key: str) -> Iterator[Path]:
    """Give an empty draft to fill; it takes the place of `folder` when the block ends without an error.

    The caller holds the lock of `folder`.
    """
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # a process that was killed may have left one
    draft.mkdir(parents=True)
    try:
        yield draft
        _seal(draft, key)
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # nothing is left of it where all went well


def is_sealed(folder: Path, key: str) -> bool:
    """Tell whether `folder` was made for `key` and its files still have the sizes that they had then."""
    try:
        seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return seal["key"] == key and all(
            (folder / name).stat().st_size == size for name, size in seal["sizes"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def _seal(folder: Path, key: str) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:  # some writers keep a file to its owner; a class may share one store
        path.chmod(0o644)
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    (folder / SEAL).write_text(json.dumps({"key": key, "sizes": sizes}, indent=1), encoding="utf-8")


def _swap(draft: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _system_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
