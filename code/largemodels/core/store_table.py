"""The table of everything that the store can fetch, read from `store.toml` and checked."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

TABLE = Path(__file__).with_name("store.toml")


class StoreError(Exception):
    """Something that the store can't do, told in one sentence that says how to mend it."""


class UnknownItem(StoreError):  # noqa: N818  it is a StoreError, and says so
    """A name that no item of the table has."""


@dataclass(frozen=True)
class Member:
    """One file of an archive: its path there, its name in the store, its SHA-256 and size in bytes."""

    path: str
    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Item:
    """One model or data set: the archive that holds it, the members that are wanted, and whose work it is."""

    name: str
    title: str
    what: str
    package: str
    version: str
    archive: str  # file name on the package index: a wheel, or a source archive
    sha256: str
    bytes: int
    license: str
    terms: str
    authors: str
    origin: str  # address of the true source
    used_for: str
    files: tuple[Member, ...]
    hub: str | None = None  # id of the same model on the hub, for readers who prefer it

    @property
    def folder(self) -> str:
        """Name of the item's folder in the store."""
        return f"{self.name}-{self.version}"

    @property
    def key(self) -> str:
        """Digest of what the item's folder must hold; another table entry has another key."""
        wanted = [self.sha256, *(f"{member.name} {member.sha256}" for member in self.files)]
        return hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def items() -> dict[str, Item]:
    """Return every item by name; raise StoreError where an entry of the table is not complete or not safe."""
    return dict(_read(TABLE))


def find(name: str) -> Item:
    """Return the item called `name`; raise UnknownItem, with the nearest names, where there is none."""
    table = items()
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it holds {', '.join(table)}."
    raise UnknownItem(f"The store has no item called {name!r}: {hint}")


@cache
def _read(table: Path) -> dict[str, Item]:
    entries = tomllib.loads(table.read_text(encoding="utf-8"))
    return {name: _item(name, entry) for name, entry in entries.items()}


def _item(name: str, entry: dict[str, Any]) -> Item:
    try:
        files = tuple(_member(name, **member) for member in entry["files"])
        return Item(name=name, **{**entry, "files": files})
    except (KeyError, TypeError) as error:
        raise StoreError(f"Entry {name!r} of the store's table is missing or misspells a field: {error}.") from error


def _member(item: str, path: str, sha256: str, bytes: int, name: str | None = None) -> Member:  # noqa: A002
    name = name or PurePosixPath(path).name
    outside = ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute()
    if outside or "\\" in name or PureWindowsPath(name).drive or not name:
        raise StoreError(f"Entry {item!r} of the store's table would write outside its folder: {name!r}.")
    return Member(path, name, sha256, bytes)
