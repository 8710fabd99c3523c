"""Results that take too long for a page: a CSV file beside its module, completed run by run, and never run twice."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


class Record:
    """A file whose first columns name a run, and whose other columns say what it gave.

    Raises SystemExit where the file at `path` has other columns.
    """

    def __init__(self, path: Path, names: list[str], results: list[str]) -> None:
        self.path = path
        self.columns = [*names, *results]
        self.names = len(names)
        self.done = self._read() if path.exists() else set()

    def missing(self, runs: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the runs that the file does not hold, in their order."""
        return [run for run in runs if _text(run) not in self.done]

    def add(self, run: tuple[Any, ...], *results: Any) -> None:
        """Write a run and its results at the end of the file, at once."""
        new = not self.path.exists()
        with self.path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(self.columns)
            writer.writerow([*run, *results])
        self.done.add(_text(run))

    def _read(self) -> set[tuple[str, ...]]:
        with self.path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        if not rows or rows[0] != self.columns:
            raise SystemExit(f"{self.path} holds no runs of this kind; name another file with --out.")
        return {tuple(row[: self.names]) for row in rows[1:]}


def recorder(description: str | None, out: Path) -> argparse.ArgumentParser:
    """Return the command line of a recorder, which writes to `out` unless told otherwise."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=description, formatter_class=raw)
    parser.add_argument("--out", type=writable, default=out, help="the file to complete")
    return parser


def make_folder(path: Path) -> None:
    """Make a folder, unless it is there; raise SystemExit where that can't be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(f"{error.strerror}: {path}; name another folder with --out.") from error


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number from low to high."""

    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} won't do; give a whole number from {low} to {high}.")
        return int(text)

    return read


def writable(text: str) -> Path:
    """Return a file's path, for argparse: in a folder that exists."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} can't be written; name a file in a folder that exists.")
    return path


def _text(run: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(str(part) for part in run)
