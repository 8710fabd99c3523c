r"""The symbols of a formula: letters with their decorations and subscripts, found by reading its TeX.

A word is no symbol, whether it stands in `\text`, in `\operatorname` or in a font (`\mathrm{d}`, `\mathit{loss}`), and
neither is a command that is no letter (`\log`, `\partial`, a macro without arguments). Macros with arguments are
written out first: the symbols of `\pd{L}{w}` are L and w.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

from press.export.latex import argument_at, expand

GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|omicron|pi|rho|sigma|tau|upsilon|phi|chi"
    "|psi|omega|varepsilon|vartheta|varkappa|varpi|varrho|varsigma|varphi|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon"
    "|Phi|Psi|Omega|digamma|ell|hbar|imath|jmath"
)
ACCENTS = (
    "hat|bar|tilde|vec|dot|ddot|dddot|check|breve|acute|grave|mathring|widehat|widetilde|widecheck|overline|underline"
    "|overrightarrow|overleftarrow"
)
FONTS = "mathbf|boldsymbol|bm|pmb|mathbb|mathcal|mathscr|mathfrak|mathsf|mathit|mathtt"
# What these hold is no formula.
WORDS = (
    "text|textrm|textbf|textit|texttt|textsf|textnormal|mbox|mathrm|operatorname|begin|end|tag|label|ref|eqref|hspace"
    "|color|textcolor|colorbox|htmlClass"
)


def _command(names: str) -> str:
    return rf"\\(?:{names})(?![A-Za-z])"


_LETTER = re.compile(rf"[^\W\d_]|{_command(GREEK)}")
_DECORATION = re.compile(_command(f"{ACCENTS}|{FONTS}"))
_FONT = re.compile(_command(FONTS))
_WORDS = re.compile(rf"{_command(WORDS)}\*?")
_ARRAY = re.compile(r"\\begin\s*\{array\}\s*(?:\[\w\])?\s*\{[^{}]*\}")
# A comment, a length, a command, any other character.
_REST = re.compile(r"%[^\n]*|\\(?:\\\*?\s*\[|[hm]?kern|[hm]?skip)\s*-?[\d.]+\s*[a-z]{2}|\\[A-Za-z]+|\\.|.", re.S)
_SCRIPT = re.compile(r"\s*(['_^])\s*")
_SCRIPTS = re.compile(r"(?:\s*(?:'|[_^]\s*(?:\{[^{}]*\}|\\[A-Za-z]+|[^\s\\{}])))*\s*")
_SPACE = re.compile(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])|\s+")


@dataclass(frozen=True)
class Symbol:
    """A letter as a formula writes it, each part in one spelling, whatever the spaces and braces."""

    base: str  # with its decorations, such as \\hat{y} or x'
    subscript: str = ""
    inside: tuple[Symbol, ...] = ()  # the symbols of the subscript

    @property
    def name(self) -> str:
        """The letter with its subscript."""
        return f"{self.base}_{{{self.subscript}}}" if self.subscript else self.base


def symbols(tex: str, macros: Mapping[str, str]) -> list[Symbol]:
    """List the symbols of a formula in order, those of a subscript inside the letter that carries it.

    Raises ValueError if a brace is never closed or a command lacks its argument.
    """
    return list(_read(expand(tex, {name: body for name, body in macros.items() if "#1" in body})))


def undecorated(name: str) -> str:
    r"""Give the letter of a symbol without decorations and backslash: theta for `\hat{\theta}`."""
    return re.sub(r"[\\{}]", "", _DECORATION.sub("", name))


def _read(tex: str) -> Iterator[Symbol]:
    while tex:
        if found := _base(tex):
            tex = yield from _with_scripts(*found)
        elif found := _words(tex):
            words, tex = found
            for formula in re.findall(r"\$([^$]+)\$", words):
                yield from _read(formula)
        elif rest := _REST.match(tex):
            tex = tex[rest.end() :]


def _base(tex: str) -> tuple[str, str] | None:
    r"""Split off a letter with its decorations; the subscript in `\hat{y_i}` goes to what is left."""
    if found := _LETTER.match(tex):
        return found[0], tex[found.end() :]
    if not (found := _DECORATION.match(tex)):
        return None
    content, rest = _argument(tex[found.end() :], found[0])
    inner = _base(content.strip())
    if inner and _SCRIPTS.fullmatch(inner[1]):
        return f"{found[0]}{{{inner[0]}}}", inner[1] + rest
    return None


def _with_scripts(base: str, tex: str) -> Generator[Symbol, None, str]:
    """Give the symbol that begins with this base, then those of its superscripts; return what is left."""
    subscript, above = "", ""
    while found := _SCRIPT.match(tex):
        tex = tex[found.end() :]
        if found[1] == "'":
            base += "'"
            continue
        content, tex = _argument(tex, f"`{found[1]}`")
        if found[1] == "_":
            subscript = _SPACE.sub(lambda space: f"{space[1]} " if space[1] else "", content)
        elif content == r"\prime":
            base += "'"
        else:
            above = content
    yield Symbol(base, subscript, tuple(_read(subscript)))
    yield from _read(above)
    return tex


def _words(tex: str) -> tuple[str, str] | None:
    """Split off a command that holds words, or a word in a font."""
    if found := _ARRAY.match(tex):
        return "", tex[found.end() :]
    if found := _WORDS.match(tex):
        return _argument(tex[found.end() :], found[0])
    if found := _FONT.match(tex):
        word, rest = _argument(tex[found.end() :], found[0])
        return (word, rest) if len(word) > 1 and word.isalpha() else None
    return None


def _argument(tex: str, name: str) -> tuple[str, str]:
    r"""Split off an argument without its braces; `\text{miss}` is one, as in `c_\text{miss}`."""
    content, at = argument_at(tex, 0, name)
    if _WORDS.fullmatch(content) or _DECORATION.fullmatch(content):
        held, at = argument_at(tex, at, content)
        content = f"{content}{{{held}}}"
    return content, tex[at:]
