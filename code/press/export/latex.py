"""Equations for notebooks: the book's macros written out, numbers as tags, one delimiter for all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce

# Rows of these number themselves in Jupyter; their twins without numbers leave that to the tag.
_UNNUMBERED = {"align": "aligned", "alignat": "alignedat", "gather": "gathered", "equation": "gathered"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(align|alignat|gather|equation)\*?\}")
_OPEN_COMMAND = re.compile(r"\\[A-Za-z]+$")
_DEPTH = 20  # macros that call macros: deeper than this is a macro that calls itself


def inline_math(latex: str, macros: Mapping[str, str]) -> str:
    """Write an inline formula between dollars."""
    return f"${' '.join(expand(latex, macros).split())}$"


def display_math(latex: str, macros: Mapping[str, str], number: str = "") -> str:
    """Write a displayed equation between double dollars, its number (if any) as a tag."""
    body = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_UNNUMBERED[m[2]]}}}", expand(latex, macros))
    lines = [line for line in body.strip().splitlines() if line.strip()]  # a blank line would end the formula
    if number:
        lines.append(rf"\tag{{{number}}}")
    return "\n".join(["$$", *lines, "$$"])


def expand(latex: str, macros: Mapping[str, str], depth: int = 0) -> str:
    r"""Write out macros such as `\KL` or `\pd{L}{w}`, which neither Jupyter nor Colab knows.

    Raises ValueError if a macro calls itself or lacks an argument.
    """
    if not macros:
        return latex
    if depth > _DEPTH:
        raise ValueError(f"a TeX macro in {latex!r} calls itself")
    names = "|".join(re.escape(name) for name in sorted(macros, key=len, reverse=True))
    pattern, done, at = re.compile(rf"\\\\|(?:{names})(?![A-Za-z])"), "", 0
    while found := pattern.search(latex, at):
        if found[0] == r"\\":  # a line break: the letters behind it are no command's
            done, at = _join(done, latex[at : found.end()]), found.end()
            continue
        body, end = _call(latex, found.end(), found[0], macros[found[0]])
        done = _join(_join(done, latex[at : found.start()]), expand(body, macros, depth + 1))
        at = end
    return _join(done, latex[at:])


def _join(left: str, right: str) -> str:
    # `\\alpha` before a letter would be another command.
    return left + " " * (bool(_OPEN_COMMAND.search(left)) and right[:1].isalpha()) + right


def _call(latex: str, at: int, name: str, body: str) -> tuple[str, int]:
    """Fill a macro's body with the arguments that stand at `at`; give it and the place behind them."""
    arguments: list[str] = []
    for _ in range(max((int(n) for n in re.findall(r"#(\d)", body)), default=0)):
        argument, at = argument_at(latex, at, f"the TeX macro {name}")
        arguments.append(argument)
    parts = [arguments[int(part[1:]) - 1] if part[0] == "#" else part for part in re.split(r"(#\d)", body) if part]
    return reduce(_join, parts, ""), at


def argument_at(latex: str, at: int, name: str) -> tuple[str, int]:
    """Give the argument of `name` that stands at `at`, without its braces, and the place behind it.

    Raises ValueError if there is none, or its brace is never closed.
    """
    token = re.compile(r"\s*(\\[A-Za-z]+|\\.|\S)", re.S).match(latex, at)
    if token is None:
        raise ValueError(f"{name} lacks an argument in {latex!r}")
    if token[1] != "{":
        return token[1], token.end()
    depth, i = 1, token.end()
    while depth and i < len(latex):
        if latex[i] == "\\":
            i += 1
        depth += {"{": 1, "}": -1}.get(latex[i : i + 1], 0)
        i += 1
    if depth:
        raise ValueError(f"a brace behind {name} is never closed in {latex!r}")
    return latex[token.end() : i - 1], i
