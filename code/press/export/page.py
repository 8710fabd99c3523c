"""What the Markdown writer must know about the page that it turns into a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urljoin

from docutils import nodes

from press.settings import PressError

# The figure numbers of one page: kind -> id -> number.
Numbers = Mapping[str, Mapping[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Page:
    """One page of the site, as Sphinx resolved it."""

    docname: str
    site: str  # address of the site, with a slash at the end
    numbers: Numbers
    sections: Mapping[str, tuple[int, ...]]  # anchor of a heading -> its number
    formats: Mapping[str, str]  # kind of figure -> "Figure %s"
    images: Mapping[str, str]  # path of an image's source -> its file name on the site
    macros: Mapping[str, str]  # TeX macros that Jupyter does not know
    math_numfig: bool  # equations count inside their chapter

    @property
    def url(self) -> str:
        """Address of the published page."""
        return f"{self.site}{self.docname}.html"

    def link(self, node: nodes.Element) -> str | None:
        """Give the published address that a reference points to, or None if it points nowhere."""
        if "refuri" in node:
            return urljoin(self.url, node["refuri"])
        if "refid" in node:
            return f"{self.url}#{node['refid']}"
        return None

    def image(self, node: nodes.Element) -> str:
        """Give the published address of an image."""
        uri = str(node["uri"])
        if "://" in uri:
            return uri
        if uri not in self.images:
            self.refuse(node, f"the image {uri} is not among the site's images")
        return f"{self.site}_images/{self.images[uri]}"

    def number(self, node: nodes.Element, kind: str) -> str:
        """Give a node's number as the page shows it ("2.3"), or "" if it has none."""
        found = self.numbers.get(kind, {}).get(node["ids"][0] if node["ids"] else "", ())
        return ".".join(map(str, found))

    def label(self, node: nodes.Element, kind: str) -> str:
        """Give a node's numbered name as the page shows it ("Figure 2.3"), or "" if it has none."""
        number = self.number(node, kind)
        return self.formats[kind] % number if number else ""

    def equation(self, node: nodes.Element) -> str:
        """Give an equation's number as the page shows it, or "" if it has none."""
        if not node.get("number"):
            return ""
        return self.number(node, "displaymath") if self.math_numfig else str(node["number"])

    def section(self, node: nodes.Element) -> str:
        """Give a section's number with a dot and a space behind it ("2. "), or "" if it has none."""
        top = isinstance(node.parent, nodes.document)
        found = self.sections.get("" if top else f"#{node['ids'][0]}")
        return f"{'.'.join(map(str, found))}. " if found else ""

    def refuse(self, node: nodes.Node, reason: str) -> NoReturn:
        """Raise the PressError that names the chapter and the line."""
        line = next((n.line for n in _upwards(node) if n.line), None)
        place = f"{self.docname}.md, line {line}" if line else f"{self.docname}.md"
        raise PressError(f"{place}: cannot make a notebook of this page: {reason}.")


def _upwards(node: nodes.Node | None) -> list[nodes.Node]:
    found = []
    while node is not None:
        found.append(node)
        node = node.parent
    return found
