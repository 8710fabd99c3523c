"""What a piece of code imports, read from its syntax tree without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from IPython.core.inputtransformer2 import TransformerManager

PACKAGE = "largemodels"
CHECKS = {"check", "judge"}  # functions of the checker; their first argument names an exercise
MAGICS = {"run_cell_magic", "run_line_magic"}  # what IPython turns `%%time` and `%time` into


def imported(tree: ast.AST, package: str = "") -> set[str]:
    """Give the dotted names that importing `tree`'s code touches; relative ones start from `package`.

    `from a.b import c` touches `a`, `a.b` and `a.b.c`, which may be a module or not.
    """
    names = set[str]()
    for name in _stated(tree, package):
        parts = name.split(".")
        names |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return names


def parse_cell(source: str) -> ast.Module:
    """Parse a cell's source, IPython's magics and shell lines turned into calls.

    A cell that is no Python (it may show a syntax error on purpose) gives an empty tree: it imports nothing.
    """
    with suppress(SyntaxError):
        return ast.parse(source)
    with suppress(SyntaxError):
        return ast.parse(TransformerManager().transform_cell(source))
    return ast.Module(body=[], type_ignores=[])


def strings(tree: ast.AST) -> set[str]:
    """Give all string literals of a tree."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def _stated(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from _called(node)
    for text in strings(tree):  # such as the command line `python -m largemodels.…`, or a program's name
        yield from re.findall(rf"\b{PACKAGE}(?:\.\w+)+|\b\w+\.py\b", text)


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> Iterator[str]:
    """Give the names that a call imports: an exercise's checker, or whatever the body of a magic imports."""
    function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if function in CHECKS and texts and texts[0].count(".") == 2:
        part, chapter, _ = texts[0].split(".")
        yield f"{PACKAGE}.{part}.exercises.{chapter.replace('-', '_')}"
    elif function in MAGICS and texts:
        yield from imported(parse_cell(texts[-1]))
