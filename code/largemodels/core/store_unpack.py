"""Unpacking: the members of an archive that the table lists, each checked, appear together or not at all."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from largemodels.core.store_folder import replacing
from largemodels.core.store_table import Item, Member, StoreError

CHUNK = 1 << 20  # bytes


def unpack(archive: Path, item: Item, folder: Path) -> None:
    """Put the item's members into `folder`, in the place of what is there.

    Raises StoreError, and changes nothing, if a member is missing or is not what the table says.
    """
    with replacing(folder, item.key) as draft, _reader(archive, item) as read:
        for member in item.files:
            target = draft / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with _open(read, member, item) as source:
                _copy(source, target, member, item)


def _copy(source: IO[bytes], target: Path, member: Member, item: Item) -> None:
    """Copy one member, never more of it than the table says, and check its SHA-256."""
    digest, left = hashlib.sha256(), member.bytes
    with target.open("wb") as file:
        while left and (chunk := source.read(min(CHUNK, left))):
            digest.update(chunk)
            left -= file.write(chunk)
    if left or source.read(1) or digest.hexdigest() != member.sha256:
        raise StoreError(
            f"Refused {item.name}: {member.path} in {item.archive} has not the SHA-256 and size "
            "that the store's table gives; correct the entry in store.toml."
        )


def _open(read: Callable[[str], IO[bytes] | None], member: Member, item: Item) -> IO[bytes]:
    try:
        source = read(member.path)
    except KeyError:
        source = None
    if source is None:
        raise StoreError(f"Refused {item.name}: {item.archive} holds no file {member.path}; correct store.toml.")
    return source


@contextmanager
def _reader(archive: Path, item: Item) -> Iterator[Callable[[str], IO[bytes] | None]]:
    """Give the function that opens a member by its path; both raise KeyError where there is none."""
    if item.archive.endswith((".whl", ".zip")):
        with zipfile.ZipFile(archive) as wheel:
            yield wheel.open
    else:
        with tarfile.open(archive) as source:
            yield source.extractfile
