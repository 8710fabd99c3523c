"""The notation table: what every symbol of the book's formulas means, and where it means that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from press.settings import PressError
from press.symbols import symbols

NOTATION = "book/notation.yml"
BOOK = "book"  # the scope of a symbol that means the same in every chapter
REQUIRED = ("tex", "means", "scope")
KEYS = (*REQUIRED, "shape", "code")


@dataclass(frozen=True)
class Entry:
    """One meaning of one symbol."""

    line: int
    tex: str  # as typed
    name: str  # as `Symbol.name` gives it
    means: str  # formulas in it stand between dollars
    scope: tuple[str, ...]  # BOOK, or chapters as part/name, or places in them as part/name#label
    shape: str = ""  # or unit
    code: str = ""  # its name in code

    @property
    def chapters(self) -> list[str]:
        """The chapters that the scope names."""
        return list(dict.fromkeys(scope.partition("#")[0] for scope in self.scope if scope != BOOK))


def read_notation(path: Path, macros: Mapping[str, str]) -> tuple[Entry, ...]:
    """Read the table; a book without one has no symbols.

    Raises PressError if the file is not valid YAML, or an entry is malformed or no symbol.
    """
    if not path.is_file():
        return ()
    return tuple(_entry(path, line, found, macros) for line, found in _items(path))


def _items(path: Path) -> Iterator[tuple[int, object]]:
    """Give each item of the file's list with its line."""
    text = path.read_text("utf-8")
    try:
        root, content = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PressError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(root, yaml.SequenceNode):
        raise PressError(f"{path} must be a list of symbols; see the comment at its head.")
    yield from ((node.start_mark.line + 1, item) for node, item in zip(root.value, content, strict=True))


def _entry(path: Path, line: int, found: object, macros: Mapping[str, str]) -> Entry:
    where = f"{path}:{line}:"
    if not isinstance(found, dict) or not set(REQUIRED) <= set(found) <= set(KEYS):
        raise PressError(f"{where} a symbol must have the keys {', '.join(REQUIRED)}, and may have shape and code.")
    texts = {key: value for key, value in found.items() if key != "scope"}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise PressError(f"{where} `{key}` is {value!r}; write text between single quotes.")
    scope = found["scope"] if isinstance(found["scope"], list) else [found["scope"]]
    if not scope or not all(isinstance(each, str) for each in scope) or (BOOK in scope and len(scope) > 1):
        raise PressError(f"{where} `scope` is {found['scope']!r}; write `book`, or a list of chapters as part/name.")
    return Entry(line, name=_name(where, found["tex"], macros), scope=tuple(dict.fromkeys(scope)), **texts)


def _name(where: str, tex: str, macros: Mapping[str, str]) -> str:
    try:
        found = symbols(tex, macros)
    except ValueError as error:
        raise PressError(f"{where} `tex` cannot be read: {error}.") from None
    if len(found) != 1:
        what = (
            "holds several symbols; give each an entry" if found else "is no symbol; operators and words need no entry"
        )
        raise PressError(f"{where} `{tex}` {what}.")
    return found[0].name
