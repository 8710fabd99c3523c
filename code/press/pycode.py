"""Python code of cells and modules, read without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator


def parse(code: str) -> ast.Module | None:
    """Parse code, IPython's magic lines left out; None if it is not Python, which the execution reports better."""
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)
    try:
        return ast.parse(plain)
    except SyntaxError:
        return None


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Find the calls of a plain function by its name (not of a method of that name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node
