"""HTML that docutils has no nodes for: tables with row headers and scopes, raw drawings."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator
from sphinx.writers.html5 import HTML5Translator


class Tag(nodes.General, nodes.TextElement):
    """An HTML element around ordinary nodes; a text element, because the writers let only those hold links."""


def tag(name: str, *children: nodes.Node | str, **attributes: str | int) -> Tag:
    """Make an HTML element; an attribute `class_` becomes `class`, `aria_label` becomes `aria-label`."""
    shown = {key.rstrip("_").replace("_", "-"): str(value) for key, value in attributes.items()}
    node = Tag("", tag_name=name, tag_attributes=shown)
    for child in children:
        node += nodes.Text(child) if isinstance(child, str) else child
    return node


def table(label: str, caption: str, headers: Iterable[str], bodies: Iterable[Tag]) -> Tag:
    """Make a table that scrolls sideways on a narrow screen, by keyboard too; `label` is unique on the page."""
    head = tag("thead", tag("tr", *(tag("th", header, scope="col") for header in headers)))
    inner = tag("table", tag("caption", caption), head, *bodies, class_="table press-table")
    return tag(
        "div",
        inner,
        class_="pst-scrollable-table-container",
        role="region",
        aria_label=label,
        tabindex=0,
    )


def setup(app: Sphinx) -> None:
    """Teach the writers the element; those of other formats show what is inside."""
    app.add_node(Tag, html=(_open, _close), latex=(_pass, _pass), text=(_pass, _pass))


def _open(writer: HTML5Translator, node: Tag) -> None:
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in node["tag_attributes"].items())
    writer.body.append(f"<{node['tag_name']}{attributes}>")


def _close(writer: HTML5Translator, node: Tag) -> None:
    writer.body.append(f"</{node['tag_name']}>\n")


def _pass(writer: SphinxTranslator, node: Tag) -> None:
    """Write nothing for the element itself."""
