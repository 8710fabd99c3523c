"""What a notebook's code depends on: modules of the shared package, their data files, main libraries."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from press.execution.imports import PACKAGE, imported, parse_cell, strings
from press.execution.libraries import library_versions

PROGRAMS = "scripts"  # a folder of standalone programs: a string `name.py` stands for running one


@dataclass
class Sources:
    """The files of the shared package and of the programs, each read once: make a new one for each build."""

    code: Path  # the folder that holds the package's folder
    _cells: dict[str, set[str]] = field(default_factory=dict)  # cell -> names that it imports
    _uses: dict[str, set[str]] = field(default_factory=dict)  # module -> names that it imports
    _data: dict[str, set[Path]] = field(default_factory=dict)  # module -> data files that it names
    _hashes: dict[Path, str] = field(default_factory=dict)

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Map the dotted name of each module of the package, and `name.py` of each program, to its file."""
        found = {path.name: path for path in sorted((self.code / PROGRAMS).rglob("*.py"))}
        for path in sorted((self.code / PACKAGE).rglob("*.py")):
            parts = path.relative_to(self.code).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def closure(self, cells: Iterable[str]) -> list[str]:
        """List the modules that run when these cells run, directly or through other modules, by name."""
        return sorted(self._reached(cells) & self.modules.keys())

    def files(self, cells: Iterable[str]) -> list[Path]:
        """List the files behind `closure`: the modules' sources and the data files that they name."""
        names = self.closure(cells)
        return sorted({self.modules[name] for name in names}.union(*(self._data[name] for name in names)))

    def libraries(self, cells: Iterable[str]) -> dict[str, str]:
        """Map each main library that these cells use, directly or through modules, to its version."""
        return library_versions(self._reached(cells))

    def fingerprint(self, path: Path) -> str:
        """Give the name of a file below `code` and the hash of its bytes."""
        if path not in self._hashes:
            self._hashes[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{path.relative_to(self.code).as_posix()} {self._hashes[path]}"

    def _reached(self, cells: Iterable[str]) -> set[str]:
        todo, seen = set[str]().union(*(self._imported(cell) for cell in cells)), set[str]()
        while todo:
            name = todo.pop()
            seen.add(name)
            if name in self.modules:
                self._read(name)
                todo |= self._uses[name] - seen
        return seen

    def _imported(self, cell: str) -> set[str]:
        if cell not in self._cells:
            self._cells[cell] = imported(parse_cell(cell))
        return self._cells[cell]

    def _read(self, name: str) -> None:
        if name in self._uses:
            return
        path = self.modules[name]
        tree = ast.parse(path.read_text("utf-8"), str(path))
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self._uses[name] = imported(tree, package)
        self._data[name] = _data_files(path.parent, strings(tree))


def _data_files(folder: Path, literals: set[str]) -> set[Path]:
    """Find the data files that string literals name, as paths from the module's own folder.

    A literal that names a folder stands for every data file below it.
    """
    named = [folder / text for text in literals if re.fullmatch(r"\w[\w./ -]*", text)]
    below = [path for place in named if place.is_dir() for path in place.rglob("*")]
    return {path for path in named + below if path.is_file() and path.suffix not in {".py", ".pyc"}}
