"""`{paths}`: the syllabi as courses, module by module, through the chapters of this one book."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from press.directives.across import book_of
from press.directives.html import Tag, table, tag
from press.directives.links import Links
from press.directives.objectives import duration
from press.directives.placeholder import Placeholder, section


class PathsDirective(SphinxDirective):
    """Show each syllabus as a course: its modules in order, the chapters of each, and the time they take."""

    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Make a section for each course; its content waits until all pages are read."""
        return [
            section(
                f"path-{name}",
                title,
                Placeholder(make=course_summary, syllabus=name),
                Placeholder(make=course_table, syllabus=name),
            )
            for name, title in book_of(self.env).syllabus.titles.items()
        ]


def modules_of(links: Links, syllabus: str) -> dict[str, list[str]]:
    """List the chapters of each module of a syllabus, a chapter at its first module only."""
    modules: dict[str, list[str]] = {}
    seen: set[str] = set()
    for objective in links.book.syllabus.of(syllabus):
        chapters = modules.setdefault(objective.module, [])
        if objective.chapter not in seen:
            chapters.append(objective.chapter)
            seen.add(objective.chapter)
    return modules


def course_summary(links: Links, holder: Placeholder) -> nodes.paragraph:
    """Say how much of a course is written and how long that takes."""
    chapters = [chapter for own in modules_of(links, holder["syllabus"]).values() for chapter in own]
    written = [links.written[chapter] for chapter in chapters if chapter in links.written]
    text = f"{len(chapters)} chapter{'s' if len(chapters) > 1 else ''}; written so far: {len(written) or 'none'}"
    if written:
        text += f", about {duration(sum(page.minutes for page in written))}"
    return nodes.paragraph("", f"{text}.")


def course_table(links: Links, holder: Placeholder) -> Tag:
    """List the modules of a course in order, with their chapters."""
    modules = modules_of(links, holder["syllabus"])
    rows = (_row(links, name, chapters) for name, chapters in modules.items())
    title = links.book.syllabus.titles[holder["syllabus"]]
    return table(
        f"Modules: {title}", "Modules and their chapters", ("Module", "Chapters in order"), [tag("tbody", *rows)]
    )


def _row(links: Links, name: str, chapters: list[str]) -> Tag:
    return tag("tr", tag("th", name, scope="row"), tag("td", *_chapters(links, chapters)))


def _chapters(links: Links, chapters: list[str]) -> Iterator[nodes.Node]:
    """List chapters in order; those in a row that are not written share the words that say so."""
    if not chapters:
        yield nodes.Text("in chapters named above")
    for place, (written, run) in enumerate(groupby(chapters, key=links.written.__contains__)):
        if place:
            yield nodes.Text("; ")
        if written:
            yield from _written(links, list(run))
        else:
            names = ", ".join(chapter.partition("/")[2].replace("-", " ") for chapter in run)
            yield nodes.Text(f"not yet written: {names}")


def _written(links: Links, chapters: list[str]) -> Iterator[nodes.Node]:
    for place, chapter in enumerate(chapters):
        if place:
            yield nodes.Text(", ")
        page = links.written[chapter]
        yield links.chapter(page)
        yield nodes.Text(f" ({duration(page.minutes)})")
