"""A page's source as the checks see it: headings, directives and inline text, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from docutils.parsers.rst.directives.misc import TestDirective
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from press.settings import PressError

CELL = "code-cell"

# Directives whose body is no Markdown.
OPAQUE = frozenset(
    {CELL, "raw-cell", "code", "code-block", "sourcecode", "literalinclude", "math", "raw", "toctree"}
    | {"eval-rst", "listing"}
)


# Displayed formulas, between dollars or as an environment.
EQUATIONS = ("math_block", "math_block_label", "amsmath")


@dataclass(frozen=True)
class Heading:
    """A heading of the page itself (not one inside a directive)."""

    line: int
    level: int
    text: str  # as typed, markup included
    label: str = ""  # the target above it


@dataclass(frozen=True)
class Directive:
    """A fenced directive; a code cell is one too, its code being the body."""

    line: int
    name: str
    argument: str
    options: dict[str, Any]
    body: str
    faults: tuple[str, ...] = ()  # what is wrong with the options block

    @property
    def tags(self) -> list[str]:
        """Tags of a cell."""
        found = self.options.get("tags") or []
        return [found] if isinstance(found, str) else [str(tag) for tag in found]

    def option(self, name: str) -> str:
        """Give the text of an option, empty if it is missing."""
        return str(self.options.get(name) or "").strip()


@dataclass(frozen=True)
class Inline:
    """A run of content: `text`, `math`, `equation` (displayed), `role` (with its name), `image` (alt text), `html`."""

    line: int
    kind: str
    content: str
    name: str = ""


@dataclass
class Source:
    """One page: its front matter and, in order, what stands in it."""

    path: Path
    docname: str
    front: dict[str, Any]
    front_lines: list[str]
    blocks: list[Heading | Directive] = field(default_factory=list)
    inlines: list[Inline] = field(default_factory=list)

    @property
    def directives(self) -> list[Directive]:
        """The directives in order, nested ones included."""
        return [block for block in self.blocks if isinstance(block, Directive)]

    @property
    def headings(self) -> list[Heading]:
        """The headings in order."""
        return [block for block in self.blocks if isinstance(block, Heading)]

    @property
    def cells(self) -> list[Directive]:
        """The code cells in order."""
        return [block for block in self.directives if block.name == CELL]

    @property
    def is_notebook(self) -> bool:
        """Whether the page has cells that are executed."""
        return self.front.get("file_format") == "mystnb"

    def front_line(self, key: str) -> int:
        """Give the line of a key of the front matter; line 1 if it is not there."""
        for number, line in enumerate(self.front_lines, 1):
            if re.match(rf"\s*{re.escape(key)}\s*:", line):
                return number
        return 1


def read_source(path: Path, root: Path, extensions: frozenset[str]) -> Source:
    """Read one page of the book at `root`, with the MyST extensions that the book turns on.

    Raises PressError if the front matter is not valid YAML.
    """
    text = path.read_text("utf-8")
    docname = path.relative_to(root).with_suffix("").as_posix()
    parser = create_md_parser(MdParserConfig(enable_extensions=set(extensions)), RendererHTML)
    tokens = parser.parse(text)
    front, lines = _front(path, tokens)
    source = Source(path, docname, front, lines)
    _collect(source, parser, tokens, first_line=1, nested=False)
    return source


def _front(path: Path, tokens: Sequence[Token]) -> tuple[dict[str, Any], list[str]]:
    if not tokens or tokens[0].type != "front_matter":
        return {}, []
    try:
        front = yaml.safe_load(tokens[0].content)
    except yaml.YAMLError as error:
        raise PressError(f"{path}: the front matter is not valid YAML: {' '.join(str(error).split())}") from None
    return front if isinstance(front, dict) else {}, ["---", *tokens[0].content.splitlines()]


def _collect(source: Source, parser: MarkdownIt, tokens: Sequence[Token], first_line: int, nested: bool) -> None:
    """Add what the tokens hold; `first_line` is the page's line of the first line that they cover."""
    label = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            if before is not None and before.type == "heading_open" and not nested:
                source.blocks.append(Heading(line, int(before.tag[1:]), token.content, label))
            source.inlines.extend(_inlines(token, line))
        elif token.type in ("fence", "colon_fence"):
            _collect_directive(source, parser, token, line)
        elif token.type == "html_block":
            source.inlines.append(Inline(line, "html", token.content))
        elif token.type in EQUATIONS:
            source.inlines.append(Inline(line, "equation", token.content))
        if token.type != "heading_open":
            label = token.content if token.type == "myst_target" else ""


def _collect_directive(source: Source, parser: MarkdownIt, token: Token, line: int) -> None:
    match = re.match(r"\{([^\s}]+)\}\s*(.*)", token.info.strip())
    if match is None:
        return
    name, argument = match.groups()
    # A cell's options are YAML, those of any other directive are text.
    parsed = parse_directive_text(TestDirective, "", token.content, validate_options=name != CELL)
    faults = tuple(warning.msg for warning in parsed.warnings)
    body = "\n".join(parsed.body)
    directive = Directive(line, name, argument, parsed.options, body, faults)
    source.blocks.append(directive)
    if name == CELL:
        source.inlines.extend(_caption(parser, directive))
    elif name == "math":
        source.inlines.append(Inline(line, "equation", f"{argument}\n{body}"))
    elif name not in OPAQUE:
        source.inlines.extend(_title(parser, directive))
        _collect(source, parser, parser.parse(body), line + 1 + parsed.body_offset, nested=True)


def _caption(parser: MarkdownIt, cell: Directive) -> Iterator[Inline]:
    """Give the inline content of the caption that a cell's metadata hold."""
    mystnb = cell.options.get("mystnb")
    figure = mystnb.get("figure") if isinstance(mystnb, dict) else None
    caption = figure.get("caption") if isinstance(figure, dict) else None
    for token in parser.parse(str(caption or "")):
        if token.type == "inline":
            yield from _inlines(token, cell.line)


def _title(parser: MarkdownIt, block: Directive) -> Iterator[Inline]:
    """Give the formulas in the title of a directive, such as an exercise's."""
    for token in parser.parse(block.argument):
        yield from (each for each in _inlines(token, block.line) if each.kind == "math")


def _inlines(token: Token, line: int) -> Iterator[Inline]:
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "text":
            yield Inline(line, "text", child.content)
        elif child.type == "math_inline":
            yield Inline(line, "math", child.content)
            line += child.content.count("\n")
        elif child.type == "myst_role":
            yield Inline(line, "role", child.content, child.meta["name"])
        elif child.type == "image":
            yield Inline(line, "image", child.content or str(child.attrs.get("alt", "")))
        elif child.type == "html_inline":
            yield Inline(line, "html", child.content)
