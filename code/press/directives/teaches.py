"""`{teaches} dl-01c`: this section carries these objectives."""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class TeachesDirective(SphinxDirective):
    """Mark a section with the objectives that it carries; the ids stand after the directive's name."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Make a small line that leads back to the objectives box, and an anchor for each objective."""
        names = self.arguments[0].split()
        marker = nodes.paragraph(classes=["teaches"], objectives=names)
        marker += nodes.Text("Objective " if len(names) == 1 else "Objectives ")
        for place, name in enumerate(names):
            if place:
                marker += nodes.Text(", ")
            marker += self._link(name)
        self.set_source_info(marker)
        return [marker]

    def _link(self, name: str) -> nodes.reference:
        link = nodes.reference("", name, refid=f"objective-{name}", internal=True)
        anchor = f"teaches-{name}"
        # Where several sections carry it, the anchor is the first one's.
        if anchor not in self.state.document.ids:
            link["ids"].append(anchor)
            self.state.document.ids[anchor] = link
        return link
