"""`{coverage}`: every objective of the syllabi, what teaches it, what tests it, and what is still to be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from press.directives.across import book_of
from press.directives.html import Tag, table, tag
from press.directives.links import Links
from press.directives.placeholder import Placeholder, section
from press.syllabus import KINDS, PARTS, Objective

NOT_YET = "not yet written"


class CoverageDirective(SphinxDirective):
    """Show the coverage tables: counts by part, then a section for each syllabus."""

    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Make the sections now, for the page's table of contents; their tables wait until all pages are read."""
        titles = book_of(self.env).syllabus.titles
        tables = (
            section(f"coverage-{name}", title, Placeholder(make=objectives_table, syllabus=name))
            for name, title in titles.items()
        )
        return [Placeholder(make=counts_table), *tables]


def counts_table(links: Links, _: Placeholder) -> Tag:
    """Count, for each part, the objectives, those that are taught, and those that an exercise tests."""
    everything = list(links.book.syllabus.objectives.values())
    rows = [
        _counts(links, part.capitalize(), own)
        for part in PARTS
        if (own := [objective for objective in everything if objective.part == part])
    ]
    body = tag("tbody", *rows, _counts(links, "All parts", everything))
    headers = ("Part", "Objectives", "Taught", "Tested by an exercise", "Chapters", "Chapters written")
    label = "What is written so far, by part"
    return table(label, label, headers, [body])


def _counts(links: Links, name: str, objectives: list[Objective]) -> Tag:
    chapters = {objective.chapter for objective in objectives}
    numbers = (
        len(objectives),
        sum(links.teaching(objective.id) is not None for objective in objectives),
        sum(bool(links.testing(objective.id)) for objective in objectives),
        len(chapters),
        len(chapters & links.written.keys()),
    )
    return tag("tr", tag("th", name, scope="row"), *(tag("td", str(number)) for number in numbers))


def objectives_table(links: Links, holder: Placeholder) -> Tag:
    """List the objectives of one syllabus by module, with links to what teaches and what tests each."""
    objectives = links.book.syllabus.of(holder["syllabus"])
    modules: dict[str, list[Objective]] = {}
    for objective in objectives:
        modules.setdefault(objective.module, []).append(objective)
    headers = ("Objective", "How", "Taught in", "Tested by")
    bodies = (_module(links, name, own, len(headers)) for name, own in modules.items())
    taught = sum(links.teaching(objective.id) is not None for objective in objectives)
    caption = f"Taught so far: {taught} of {len(objectives)} objectives"
    return table(links.book.syllabus.titles[holder["syllabus"]], caption, headers, bodies)


def _module(links: Links, name: str, objectives: list[Objective], width: int) -> Tag:
    head = tag("tr", tag("th", name, scope="rowgroup", colspan=width))
    return tag("tbody", head, *(_row(links, objective) for objective in objectives))


def _row(links: Links, objective: Objective) -> Tag:
    name = tag("th", objective.text, " ", tag("code", objective.id), scope="row", id=f"coverage-{objective.id}")
    how = tag("td", KINDS[objective.kind])
    return tag("tr", name, how, tag("td", *_taught(links, objective)), tag("td", *_tested(links, objective)))


def _taught(links: Links, objective: Objective) -> Iterator[nodes.Node]:
    page = links.teaching(objective.id)
    if page is None:
        yield nodes.Text(NOT_YET)
        return
    yield links.chapter(page)
    for place, reference in enumerate(links.sections(page, objective.id)):
        yield nodes.Text(", " if place else ": ")
        yield reference


def _tested(links: Links, objective: Objective) -> Iterator[nodes.Node]:
    tested = links.testing(objective.id)
    if not tested:
        yield nodes.Text("no exercise" if links.teaching(objective.id) else NOT_YET)
    for place, (page, exercise) in enumerate(tested):
        if place:
            yield nodes.Text(", ")
        yield links.exercise(page, exercise)
        if page.chapter != objective.chapter:
            yield nodes.Text(" of ")
            yield links.chapter(page)
