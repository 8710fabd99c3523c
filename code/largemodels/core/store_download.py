"""Downloads that show progress, go on where they stopped, and end in the right file or in an error."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from typing import Any

from largemodels.core.store_index import Index, package_index
from largemodels.core.store_table import Item, StoreError

CHUNK = 1 << 18  # bytes
ATTEMPTS = 5
PAUSE = 1.0  # seconds before the second attempt; each further one waits as much longer


def download(item: Item, folder: Path) -> Path:
    """Return the item's archive, downloaded into `folder` and checked; raise StoreError where that fails.

    What an earlier, interrupted call left there is completed, not fetched again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{item.name}.part"  # two items may come from one archive
    resumed = _size(part) > 0
    _complete(item, part)
    if resumed and _sha256(part) != item.sha256:  # the old part may be to blame: once more, from nothing
        part.unlink()
        _complete(item, part)
    if _sha256(part) != item.sha256:
        part.unlink()
        raise StoreError(
            f"Refused {item.archive}: its SHA-256 is not the one in the store's table, so it is not the file "
            "that the book was tested with; check the index that `pip config list` names, then fetch again."
        )
    return part


def _complete(item: Item, part: Path) -> None:
    """Fill `part` up to the archive's size."""
    if _size(part) >= item.bytes:
        return
    with package_index() as index:
        url = index.locate(item)
        problem = ""
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE * attempt)
            problem = _attempt(index, url, item, part)
            if _size(part) >= item.bytes:
                return
    raise StoreError(
        f"The download of {item.archive} stopped at {_size(part):,} of {item.bytes:,} bytes{problem}: "
        "fetch again, and it goes on from there."
    )


def _attempt(index: Index, url: str, item: Item, part: Path) -> str:
    """Get as much as one connection gives; return what went wrong, ready to be put in a sentence."""
    try:
        with index.get(url, _size(part)) as response:
            if response.status_code == 416:  # the server's file is shorter than ours: not the same file
                part.unlink()
                return " (the part didn't fit the server's file)"
            response.raise_for_status()
            _write(response, part, item)
    except OSError as error:  # all of requests' errors are
        return f" ({type(error).__name__}: {error})"
    return ""


def _write(response: Any, part: Path, item: Item) -> None:
    """Append the response to `part`, or begin anew where the server sends the whole file."""
    start = _size(part) if response.status_code == 206 else 0
    progress = Progress(item.title, item.bytes)
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            progress.show(file.tell())
            if file.tell() > item.bytes:
                break  # not the file of the table: the hash will say so


class Progress:
    """Progress of a download: one line that rewrites itself on a terminal, a line per quarter elsewhere."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._steps = 100 if sys.stderr.isatty() else 4
        self._shown = 0

    def show(self, done: int) -> None:
        """Say how many bytes of the total are done, where that is news."""
        step = self._steps * done // self._total
        if step == self._shown:
            return
        self._shown = step
        line = f"  {self._title}: {done / 1e6:.1f} of {self._total / 1e6:.1f} MB"
        if self._steps == 4:
            print(line, file=sys.stderr, flush=True)
        else:
            print(f"\r{line}", end="" if done < self._total else "\n", file=sys.stderr, flush=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
