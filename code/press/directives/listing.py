"""`{listing} largemodels.foundations.engine.Value`: the source of an object of the package, linked to its file."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from press.directives.across import BookError, book_of
from press.settings import PressError, Settings

CODE = "code"


@dataclass(frozen=True)
class Excerpt:
    """The source of an object: its file, its text, its first and last line."""

    file: Path
    text: str
    first: int
    last: int


class ListingDirective(SphinxDirective):
    """Show the source of a module, a class, a function or a method of the package."""

    required_arguments = 1
    option_spec: ClassVar = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Make a highlighted block whose caption leads to the same lines in the repository."""
        settings = book_of(self.env).settings
        try:
            excerpt = find_excerpt(settings.root / CODE, self.arguments[0])
        except PressError as error:
            source, line = self.get_source_info()
            raise BookError(f"{source}:{line}: {error}") from error
        self.env.note_dependency(str(excerpt.file))
        block = nodes.literal_block(excerpt.text, excerpt.text, language="python")
        wrapper = nodes.container("", literal_block=True, classes=["literal-block-wrapper", "listing"])
        wrapper += _caption(settings, excerpt)
        wrapper += block
        for node in (block, wrapper):
            self.set_source_info(node)
        self.add_name(wrapper)
        return [wrapper]


def find_excerpt(code: Path, dotted: str) -> Excerpt:
    """Find the source of an object by its full name, without importing it; `code` is the folder of the package.

    Raises PressError if there is no such module, or no such object in it.
    """
    file, names = _module(code, dotted.split("."))
    text = file.read_text("utf-8")
    lines = text.splitlines()
    if not names:
        return Excerpt(file, text, 1, len(lines))
    node = _definition(ast.parse(text), names)
    if node is None:
        shown = file.relative_to(code)
        raise PressError(f"there is no {'.'.join(names)!r} in {shown}; correct the name after `{{listing}}`.")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or node.lineno
    return Excerpt(file, dedent("\n".join(lines[first - 1 : last])) + "\n", first, last)


def _module(code: Path, names: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Split a dotted name into the file of its module and the names inside."""
    for count in range(len(names), 0, -1):
        path = code.joinpath(*names[:count])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file, names[count:]
    raise PressError(f"there is no module for {'.'.join(names)!r} in {CODE}/; correct the name after `{{listing}}`.")


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _definition(tree: ast.Module, names: Sequence[str]) -> Definition | None:
    """Follow names from a module down through its classes."""
    body: list[ast.stmt] = tree.body
    found = None
    for name in names:
        matches = [node for node in body if isinstance(node, Definition) and node.name == name]
        if not matches:
            return None
        found = matches[-1]  # the one that counts, where overloads come before it
        body = found.body
    return found


def _caption(settings: Settings, excerpt: Excerpt) -> nodes.caption:
    """Name file and lines, linked to the commit that is built."""
    shown = excerpt.file.relative_to(settings.root / CODE).as_posix()
    path = excerpt.file.relative_to(settings.root).as_posix()
    address = f"{settings.repository}/blob/{settings.commit}/{path}#L{excerpt.first}-L{excerpt.last}"
    link = nodes.reference("", "", nodes.literal("", shown), refuri=address)
    return nodes.caption("", "", link, nodes.Text(f", lines {excerpt.first}–{excerpt.last}"))
