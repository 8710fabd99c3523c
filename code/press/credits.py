"""The `credits` directive: whose work every model and data set of the store is, and on what terms."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from largemodels.core.store_table import TABLE, Item, items


class CreditsDirective(SphinxDirective):
    """One section for each item of the store's table; the page is read again when the table changes."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        self.env.note_dependency(str(TABLE))
        return [self._section(item) for item in items().values()]

    def _section(self, item: Item) -> nodes.section:
        section = nodes.section(ids=[f"credits-{item.name}"], names=[nodes.fully_normalize_name(item.title)])
        section += nodes.title(item.title, item.title)
        section += nodes.paragraph("", f"{item.what[0].upper()}{item.what[1:]}.")
        section += nodes.field_list("", *(_field(name, value) for name, value in _facts(item).items()))
        return section


def _facts(item: Item) -> dict[str, nodes.Node]:
    return {
        "Made by": nodes.Text(item.authors),
        "Origin": nodes.reference("", item.origin, refuri=item.origin),
        "License": nodes.Text(item.license),
        "Terms": nodes.Text(item.terms),
        "Package": nodes.literal("", f"{item.package}=={item.version}"),
        "Size": nodes.Text(f"{item.bytes / 1e6:.1f} MB to download"),
        "Used for": nodes.Text(item.used_for),
        "Store name": nodes.literal("", item.name),
    }


def _field(name: str, value: nodes.Node) -> nodes.field:
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", nodes.paragraph("", "", value)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("credits", CreditsDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
