"""Words of the page as Markdown: emphasis, code, formulas, references, citations, glued values."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import TypeAlias

from docutils import nodes

from press.export.latex import display_math, inline_math
from press.export.page import Page
from press.export.shapes import code_span, escape

Writer: TypeAlias = Callable[[nodes.Element, Page], str]

# HTML that Jupyter and Colab take away or that cannot work there.
_FORBIDDEN_HTML = re.compile(r"<\s*(script|style|iframe|form|link)\b", re.I)


def inline(node: nodes.Node, page: Page) -> str:
    """Write one inline node as Markdown.

    Raises PressError if the export knows no Markdown for it.
    """
    if isinstance(node, nodes.Text):
        return escape(str(node))
    if not isinstance(node, nodes.Element):
        page.refuse(node, f"unknown text {type(node).__name__}")
    if "notebook" in node:
        return str(node["notebook"])
    writer = WRITERS.get(node.tagname)
    if writer is None:
        page.refuse(node, f"it has no Markdown for `{node.tagname}` ({node.astext()[:60]!r})")
    return writer(node, page)


def children(node: nodes.Element, page: Page) -> str:
    """Write all children of a node as one line of Markdown."""
    return "".join(inline(child, page) for child in node.children)


def is_inline(node: nodes.Node) -> bool:
    """Tell whether a node stands inside a line."""
    name = node.tagname if isinstance(node, nodes.Element) else "#text"
    return isinstance(node, nodes.Text) or (name in WRITERS and name not in _ALSO_BLOCKS)


def write_image(node: nodes.Element, page: Page) -> str:
    """Write an image with its alternative text, at its published address."""
    alt = " ".join(str(node.get("alt", "")).split())
    return f"![{escape(alt)}]({page.image(node)})"


def write_raw(node: nodes.Element, page: Page) -> str:
    """Pass on HTML that a notebook can show; icons and HTML for machines go.

    Raises PressError for HTML that cannot work in a notebook.
    """
    text = node.astext()
    if "html" not in node.get("format", "").split() or "sd-octicon" in text or text.startswith("<!--"):
        return ""
    if _FORBIDDEN_HTML.search(text):
        page.refuse(node, f"raw HTML that no notebook shows ({text[:60]!r})")
    return text.strip("\n")


def write_math(node: nodes.Element, page: Page) -> str:
    """Write a formula between dollars, the book's macros written out."""
    try:
        return inline_math(node.astext(), page.macros)
    except ValueError as error:
        page.refuse(node, str(error))


def write_equation(node: nodes.Element, page: Page) -> str:
    """Write a displayed equation with its number."""
    try:
        return display_math(node.astext(), page.macros, page.equation(node))
    except ValueError as error:
        page.refuse(node, str(error))


def _reference(node: nodes.Element, page: Page) -> str:
    text, target = children(node, page), page.link(node)
    body = text.strip()
    if not target or not body:
        return text
    address = target.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    return text.replace(body, f"[{body}]({address})", 1)  # spaces stay outside


def _download(node: nodes.Element, page: Page) -> str:
    target = f"{page.site}_downloads/{node['filename']}" if "filename" in node else node["refuri"]
    return f"[{children(node, page)}]({target})"


def _footnote_mark(node: nodes.Element, page: Page) -> str:
    return f"<sup>[{children(node, page)}]({page.link(node)})</sup>"


def _abbreviation(node: nodes.Element, page: Page) -> str:
    meaning = html.escape(str(node.get("explanation", "")))
    return f'<abbr title="{meaning}">{children(node, page)}</abbr>' if meaning else children(node, page)


def _spaced(mark: str) -> Writer:
    """Put marks around text; spaces stay outside, where Markdown wants them."""

    def write(node: nodes.Element, page: Page) -> str:
        text = children(node, page)
        body = text.strip()
        return text.replace(body, f"{mark}{body}{mark}", 1) if body else text

    return write


def _tagged(tag: str) -> Writer:
    return lambda node, page: f"<{tag}>{children(node, page)}</{tag}>"


def _nothing(_node: nodes.Element, _page: Page) -> str:
    return ""


# Nodes that also stand between paragraphs.
_ALSO_BLOCKS = {"math_block", "raw", "image", "target", "comment", "index"}

WRITERS: dict[str, Writer] = {
    "abbreviation": _abbreviation,
    "comment": _nothing,
    "download_reference": _download,
    "emphasis": _spaced("*"),
    "footnote_reference": _footnote_mark,
    "image": write_image,
    "index": _nothing,
    "inline": children,
    "literal": lambda node, _: code_span(node.astext()),
    "literal_emphasis": _spaced("*"),
    "literal_strong": _spaced("**"),
    "manpage": _spaced("*"),
    "math": write_math,
    "math_block": lambda node, page: f"\n{write_equation(node, page)}\n",
    "number_reference": _reference,
    "PassthroughTextElement": children,
    "raw": write_raw,
    "reference": _reference,
    "sd_badge": children,
    "sd_icon": _nothing,
    "sd_line_break": lambda *_: "<br>",
    "strong": _spaced("**"),
    "subscript": _tagged("sub"),
    "superscript": _tagged("sup"),
    "target": children,
    "title_reference": _spaced("*"),
}
