"""`{objectives}`: what the chapter teaches, how long it takes, what it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from press.claims import Claims
from press.directives.across import book_of, page_of
from press.syllabus import SYLLABUS


class ObjectivesDirective(SphinxDirective):
    """Show the objectives box, made from the front matter and the syllabus."""

    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Make an admonition with the objectives as a list, and a list of facts."""
        self.env.note_dependency(str(book_of(self.env).settings.root / SYLLABUS))
        page = page_of(self.env)
        box = nodes.admonition(classes=["objectives"])
        box += nodes.title("", "What you will learn")
        box += self._list(page)
        box += nodes.bullet_list("", *self._facts(page), classes=["course-facts"])
        self.set_source_info(box)
        return [box]

    def _list(self, page: Claims) -> nodes.bullet_list:
        syllabus = book_of(self.env).syllabus
        items = nodes.bullet_list()
        for name in page.objectives:
            anchor = f"objective-{name}"
            # The section that carries the objective has an anchor; the checks make sure that there is one.
            link = nodes.reference("", syllabus[name].text, refid=f"teaches-{name}", internal=True)
            item = nodes.list_item("", nodes.paragraph("", "", link), ids=[anchor])
            self.state.document.ids[anchor] = item
            items += item
        return items

    def _facts(self, page: Claims) -> Iterator[nodes.list_item]:
        yield _fact("Time: ", nodes.Text(f"about {duration(page.minutes)} of reading and doing"))
        if page.requires:
            yield _fact("Builds on: ", *self._required(page.requires))
        if extra := page.course.get("extra"):
            extra_name = nodes.literal("", f"largemodels[{extra}]")
            yield _fact("Needs: ", nodes.Text("the package "), extra_name)

    def _required(self, chapters: list[str]) -> Iterator[nodes.Node]:
        for place, chapter in enumerate(chapters):
            if place:
                yield nodes.Text(", ")
            if f"book/{chapter}" in self.env.found_docs:
                yield _chapter_link(chapter, self.env.docname)
            else:
                yield nodes.literal("", chapter)
                yield nodes.Text(" (not yet written)")


def duration(minutes: int) -> str:
    """Say minutes as people do, in quarters of an hour above one hour."""
    if minutes < 60:
        return f"{minutes} minutes"
    hours, quarters = divmod(round(minutes / 15), 4)
    text = f"{hours}{('', '¼', '½', '¾')[quarters]}"
    return "1 hour" if text == "1" else f"{text} hours"


def _fact(name: str, *content: nodes.Node) -> nodes.list_item:
    return nodes.list_item("", nodes.paragraph("", "", nodes.strong("", name), *content))


def _chapter_link(chapter: str, docname: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "",
        nodes.inline("", chapter),
        refdomain="std",
        reftype="doc",
        reftarget=f"/book/{chapter}",
        refdoc=docname,
        refexplicit=False,
        refwarn=True,
    )
