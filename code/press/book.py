"""The whole book as the checks see it: all pages, what they claim, and what they may refer to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from press.claims import Claims, read_claims
from press.notation import NOTATION, Entry, read_notation
from press.settings import PressError, Settings, read_settings
from press.source import read_source
from press.syllabus import SYLLABUS, Syllabus, read_syllabus

STORE = "code/largemodels/core/store.toml"
REFERENCES = "book/references.bib"


@dataclass(frozen=True)
class Problem:
    """Something that is wrong in a file of the book, and how to mend it."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Book:
    """All pages under `book/`, and the tables that they refer to."""

    settings: Settings
    syllabus: Syllabus
    notation: tuple[Entry, ...]
    pages: dict[str, Claims]  # by docname, in alphabetical order
    store: frozenset[str] | None  # names of items; None where the package has no store
    references: frozenset[str]  # citation keys
    extras: frozenset[str] | None  # extras of the package; None where there is no pyproject.toml

    @property
    def chapters(self) -> dict[str, Claims]:
        """Pages with a `course` block, by part/name."""
        return {page.chapter: page for page in self.pages.values() if page.course}

    def problem(self, page: Claims, line: int, text: str) -> Problem:
        """Report a problem of a page, its path relative to the book's root."""
        return Problem(page.source.path.relative_to(self.settings.root), line, text)


def read_book(root: Path) -> Book:
    """Read all pages of the book at `root`.

    Raises PressError if the settings, the syllabus, the notation or a page's front matter cannot be read.
    """
    settings = read_settings(root)
    root = settings.root
    sources = (read_source(path, root, settings.myst_extensions) for path in sorted((root / "book").rglob("*.md")))
    return Book(
        settings=settings,
        syllabus=read_syllabus(root / SYLLABUS),
        notation=read_notation(root / NOTATION, settings.tex_macros),
        pages={source.docname: read_claims(source) for source in sources},
        store=_store(root / STORE),
        references=_references(root / REFERENCES),
        extras=_extras(root / "pyproject.toml"),
    )


def _store(path: Path) -> frozenset[str] | None:
    return frozenset(_toml(path)) if path.is_file() else None


def _extras(path: Path) -> frozenset[str] | None:
    if not path.is_file():
        return None
    return frozenset(_toml(path).get("project", {}).get("optional-dependencies", {}))


def _toml(path: Path) -> dict[str, dict[str, dict[str, object]]]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PressError(f"{path} is not valid TOML: {error}.") from None


def _references(path: Path) -> frozenset[str]:
    text = path.read_text("utf-8") if path.is_file() else ""
    return frozenset(re.findall(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", text, re.MULTILINE))
