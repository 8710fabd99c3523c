"""Paragraphs, lists, boxes, quotations, code, tables, equations: what every page is made of."""

from __future__ import annotations

from docutils import nodes
from sphinx.locale import admonitionlabels

from press.export import shapes
from press.export.blocks import block, body, writes
from press.export.inline import children, write_equation
from press.export.page import Page

# Pygments' names for what Jupyter calls otherwise, and for no language at all.
_LANGUAGES = {"ipython3": "python", "ipython": "python", "default": "", "none": "", "myst-ansi": ""}


@writes("paragraph", "compact_paragraph")
def _paragraph(node: nodes.Element, page: Page) -> list[str]:
    # The line that `{teaches}` makes is an aid to find one's way on the site.
    return [] if "teaches" in node["classes"] else body(node.children, page)


@writes("compound", "section", "glossary", "PassthroughTextElement")
def _group(node: nodes.Element, page: Page) -> list[str]:
    return body(node.children, page)


@writes("comment", "index", "pending", "substitution_definition", "meta", "tabular_col_spec", "highlightlang")
def _nothing(_node: nodes.Element, _page: Page) -> list[str]:
    return []


@writes("target")
def _target(node: nodes.Element, page: Page) -> list[str]:
    return body(node.children, page)


@writes("math_block")
def _equation(node: nodes.Element, page: Page) -> list[str]:
    return [write_equation(node, page)]


@writes("literal_block", "doctest_block")
def _code(node: nodes.Element, _page: Page) -> list[str]:
    language = str(node.get("language", "pycon" if node.tagname == "doctest_block" else ""))
    return [shapes.code_block(node.astext(), _LANGUAGES.get(language, language))]


@writes("transition")
def _rule(_node: nodes.Element, _page: Page) -> list[str]:
    return ["---"]


@writes("rubric")
def _rubric(node: nodes.Element, page: Page) -> list[str]:
    return [shapes.strong(children(node, page))]


@writes("bullet_list")
def _bullets(node: nodes.Element, page: Page) -> list[str]:
    found = [body(item.children, page) for item in node.children if isinstance(item, nodes.list_item)]
    return [shapes.items(["-"] * len(found), found)]


@writes("enumerated_list")
def _numbers(node: nodes.Element, page: Page) -> list[str]:
    found = [body(item.children, page) for item in node.children if isinstance(item, nodes.list_item)]
    start = int(node.get("start", 1))
    return [shapes.items([f"{start + i}." for i in range(len(found))], found)]


@writes("definition_list")
def _definitions(node: nodes.Element, page: Page) -> list[str]:
    written = []
    for item in node.findall(nodes.definition_list_item):
        if item.parent is not node:
            continue
        terms = [shapes.strong(children(term, page)) for term in item.children if isinstance(term, nodes.term)]
        meaning = [text for part in item.children for text in _meaning(part, page)]
        written.append([", ".join(terms), *meaning])
    return [shapes.items(["-"] * len(written), written)]


def _meaning(node: nodes.Node, page: Page) -> list[str]:
    if isinstance(node, nodes.term):
        return []
    if isinstance(node, nodes.definition):
        return body(node.children, page)
    return block(node, page)


@writes("field_list")
def _fields(node: nodes.Element, page: Page) -> list[str]:
    written = []
    for field in node.children:
        assert isinstance(field, nodes.field)
        name, value = field.children
        assert isinstance(name, nodes.Element) and isinstance(value, nodes.Element)
        written.append([shapes.strong(children(name, page)), *body(value.children, page)])
    return [shapes.items(["-"] * len(written), written)]


@writes("block_quote")
def _quotation(node: nodes.Element, page: Page) -> list[str]:
    return [shapes.quote(body(node.children, page))]


@writes("attribution")
def _attribution(node: nodes.Element, page: Page) -> list[str]:
    return [f"— {children(node, page)}"]


@writes("line_block")
def _lines(node: nodes.Element, page: Page) -> list[str]:
    lines = [children(line, page) for line in node.findall(nodes.line)]
    return ["  \n".join(lines)]


@writes(*admonitionlabels, "admonition", "topic", "sidebar")
def _box(node: nodes.Element, page: Page) -> list[str]:
    title, rest = admonitionlabels.get(node.tagname, ""), node.children
    if rest and isinstance(rest[0], nodes.title):
        return [shapes.titled_quote(children(rest[0], page), body(rest[1:], page))]
    return [shapes.titled_quote(str(title), body(rest, page)) if title else shapes.quote(body(rest, page))]


@writes("footnote")
def _footnote(node: nodes.Element, page: Page) -> list[str]:
    label, *rest = node.children
    first, *more = body(rest, page)
    return [f"<sup>{label.astext()}</sup> {first}", *more]


@writes("table")
def _table(node: nodes.Element, page: Page) -> list[str]:
    rows = [[_cell(entry, page) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
    if any(len(row) != len(rows[0]) for row in rows):
        page.refuse(node, "a table with merged cells has no Markdown")
    has_head = next(iter(node.findall(nodes.thead)), None) is not None
    head, rows = (rows[0], rows[1:]) if has_head else ([""] * len(rows[0]), rows)
    written = [shapes.table(head, rows)]
    for title in node.findall(nodes.title):
        written.insert(0, f"{shapes.strong(page.label(node, 'table'))} {children(title, page)}".strip())
    return written


def _cell(entry: nodes.entry, page: Page) -> str:
    if "morecols" in entry or "morerows" in entry:
        page.refuse(entry, "a table with merged cells has no Markdown")
    for part in entry.children:
        if not isinstance(part, nodes.paragraph):
            page.refuse(entry, f"a table cell of a notebook cannot hold {type(part).__name__}")
    return "<br>".join(text for part in entry.children for text in body([part], page))
