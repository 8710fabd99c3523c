"""`{diagram} foundations/graph`: a diagram drawn from code, taken into the page."""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from press.directives.across import BookError, book_of
from press.figures import FIGURES, describe, drawn_path


class DiagramDirective(SphinxDirective):
    """Show a diagram; its body is the caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"alt": directives.unchanged_required, "name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Make a figure with the drawing inside the page, so that its colors follow the page's theme."""
        figure = nodes.figure(classes=["diagram"])
        figure += self._drawing()
        figure += self._caption()
        self.set_source_info(figure)
        if "name" in self.options:
            self.add_name(figure)
        elif len(figure) > 1:
            # Only a figure with an address gets a number, and one without a caption needs none.
            figure["ids"].append(f"diagram-{self.env.new_serialno('diagram')}")
            self.state.document.note_explicit_target(figure, figure)
        return [figure]

    def _drawing(self) -> nodes.raw:
        settings = book_of(self.env).settings
        source = settings.root / FIGURES / f"{self.arguments[0]}.py"
        where = ":".join(map(str, self.get_source_info()))
        if not source.is_file():
            shown = source.relative_to(settings.root)
            raise BookError(f"{where}: there is no diagram {self.arguments[0]!r}; write {shown} or correct the name.")
        if not self.options.get("alt", "").strip():
            raise BookError(f"{where}: the diagram has no alt text; add `:alt:` that says what it shows.")
        drawn = drawn_path(settings, source)
        self.env.note_dependency(str(drawn))
        svg = describe(drawn.read_text("utf-8"), self.options["alt"])
        # The export shows the drawn file by name, with the same words.
        found = {"diagram": self.arguments[0], "alt": self.options["alt"]}
        return nodes.raw("", f'<div class="lm-figure">{svg}</div>', format="html", **found)

    def _caption(self) -> list[nodes.Node]:
        """Parse the body: its first paragraph is the caption, the others the legend."""
        parsed = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        if not parsed.children:
            return []
        first, *rest = parsed.children
        caption = nodes.caption("", "", *first.children)
        caption.line = self.lineno
        return [caption, nodes.legend("", *rest)] if rest else [caption]
