"""Content that is made from all pages: a placeholder when a page is read, filled when it is written."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from press.directives.links import Links


class Placeholder(nodes.General, nodes.Element):
    """Stands for the node that the function `make(links, placeholder)` gives when all pages are read."""

    def __init__(self, **attributes: object) -> None:
        super().__init__("", **attributes)


class FillPlaceholders(SphinxPostTransform):
    """Replace the placeholders of the page that is written."""

    default_priority = 4  # before references are resolved: a copied heading may hold some

    def run(self, **_: object) -> None:
        """Call each placeholder's function."""
        holders = list(self.document.findall(Placeholder))
        if holders:
            links = Links(self.env, self.app.builder, self.env.docname)
            for holder in holders:
                holder.replace_self(holder["make"](links, holder))


def section(anchor: str, title: str, *content: nodes.Node) -> nodes.section:
    """Make a section with a heading."""
    return nodes.section("", nodes.title("", title), *content, ids=[anchor], names=[])


def setup(app: Sphinx) -> None:
    """Register node and transform."""
    app.add_node(Placeholder)
    app.add_post_transform(FillPlaceholders)
