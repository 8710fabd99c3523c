"""Shapes of Markdown: quotes, fences, items, tables, and text that Markdown must not take for its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"([\\`*\[\]<$]|~~|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\s*)([#>+=-]+(?=\s|$)|-{2,}|={2,})", re.M)
_NUMBER_START = re.compile(r"^(\s*\d+)([.)])(?=\s|$)", re.M)


def escape(text: str) -> str:
    """Make Markdown show plain text as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def paragraph(text: str) -> str:
    """Keep a paragraph's lines from being taken for headings, quotes, lists or rules."""
    text = "\n".join(line.strip() for line in text.strip().split("\n"))
    return _NUMBER_START.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", text))


def heading(text: str, level: int) -> str:
    """Write a heading; Markdown has six levels."""
    return f"{'#' * min(level, 6)} {_one_line(text)}"


def code_span(text: str) -> str:
    """Write inline code, whatever backticks it holds."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{_one_line(text)}{pad}{fence}"


def code_block(text: str, language: str) -> str:
    """Write a fenced block of code, whatever fences it holds."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def quote(blocks: Sequence[str]) -> str:
    """Write blocks as one quotation."""
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n"))


def titled_quote(title: str, blocks: Sequence[str]) -> str:
    """Write blocks as a quotation under a bold title."""
    return quote([strong(title), *blocks])


def strong(text: str) -> str:
    """Write bold text; nothing for nothing."""
    return f"**{_one_line(text)}**" if text.strip() else ""


def items(marks: Sequence[str], bodies: Sequence[Sequence[str]]) -> str:
    """Write a list, one mark and one sequence of blocks an item; loose where one holds several."""
    written = []
    for mark, blocks in zip(marks, bodies, strict=True):
        first, *rest = "\n\n".join(blocks).split("\n")
        pad = " " * (len(mark) + 1)
        written.append("\n".join([f"{mark} {first}", *(f"{pad}{line}".rstrip() for line in rest)]))
    return ("\n\n" if any(len(blocks) > 1 for blocks in bodies) else "\n").join(written)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table of one-line cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    # A bar ends the cell, in mathematics too, where it has a name.
    text = re.sub(r"\$[^$]+\$", lambda m: m[0].replace(r"\|", r"\Vert ").replace("|", r"\vert "), text)
    return _one_line(re.sub(r"(?<!\\)\|", r"\\|", text))


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
