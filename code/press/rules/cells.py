"""Code cells: tags and options that exist, a length that a reader takes in, figures that are described."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from myst_nb.core.config import NbParserConfig, Section

from press.book import Book, Problem
from press.chapter import ALLOWED_TAGS
from press.claims import Claims
from press.pycode import calls, parse
from press.source import Directive

LONGEST = 15  # code lines that a reader takes in at once
LONGEST_EXERCISE = 25  # a starter or a solution is one piece of work

OPTIONS = ("tags", "mystnb")
FIGURE_OPTIONS = ("name", "caption", "caption_before", "align", "classes")
# What myst-nb reads from a cell's metadata; it ignores all else in silence.
MYSTNB_OPTIONS = tuple(
    field.metadata.get("cell_key", field.name)
    for field in NbParserConfig.get_fields()
    if Section.cell_lvl in field.metadata.get("sections", ())
)


def check_cells(book: Book, page: Claims) -> Iterator[Problem]:
    """Find cells with unknown tags or options, long cells, and shown figures without a description."""
    for cell in page.source.cells:
        for text in (*_options(cell), *_tags(cell), *_length(cell), *_shows(cell)):
            yield book.problem(page, cell.line, text)


def _options(cell: Directive) -> Iterator[str]:
    for fault in cell.faults:
        yield f"the cell's options cannot be read ({fault}); write them as YAML"
    yield from unknown(cell.options, OPTIONS, "the cell option")
    mystnb = cell.options.get("mystnb") or {}
    if not isinstance(mystnb, dict):
        yield "`mystnb` of the cell must hold options as `name: value`"
        return
    yield from unknown(mystnb, MYSTNB_OPTIONS, "the cell's `mystnb` option")
    figure = mystnb.get("figure") or {}
    if not isinstance(figure, dict):
        yield "`figure` of the cell must hold `name` and `caption`"
        return
    yield from unknown(figure, FIGURE_OPTIONS, "the cell's `figure` option")


def unknown(found: dict[str, Any], allowed: tuple[str, ...], what: str) -> Iterator[str]:
    """Say of each key that is not allowed that it is unknown, and which ones exist."""
    for key in found:
        if key not in allowed:
            yield f"{what} {str(key)!r} is unknown; use {', '.join(sorted(allowed))}"


def _tags(cell: Directive) -> Iterator[str]:
    for tag in cell.tags:
        if tag not in ALLOWED_TAGS:
            yield f"the cell tag {tag!r} is unknown; use {', '.join(sorted(ALLOWED_TAGS))}"


def _length(cell: Directive) -> Iterator[str]:
    longest = LONGEST_EXERCISE if {"starter", "solution"} & set(cell.tags) else LONGEST
    lines = [line for line in cell.body.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) > longest:
        yield f"the cell has {len(lines)} lines of code, {longest} at most; split it or move code to the package"


def _shows(cell: Directive) -> Iterator[str]:
    tree = parse(cell.body)
    for call in calls(tree, "show") if tree else ():
        given = [keyword.value for keyword in call.keywords if keyword.arg == "alt"] or call.args[1:2]
        if not given or (isinstance(given[0], ast.Constant) and not str(given[0].value).strip()):
            yield '`show` has no description; add alt="..." that says what the figure shows'
