"""Links from one page to chapters, sections and exercises of others, made when all pages are read."""

from __future__ import annotations

from docutils import nodes
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment

from press.book import Book
from press.claims import Claims, Exercise
from press.directives.across import book_of


class Links:
    """Makes links that stand on the page `docname`."""

    def __init__(self, env: BuildEnvironment, builder: Builder, docname: str) -> None:
        self.env = env
        self.builder = builder
        self.docname = docname
        self.book: Book = book_of(env)
        found = env.found_docs
        self.written = {name: page for name, page in self.book.chapters.items() if page.docname in found}
        self._doctrees: dict[str, nodes.document] = {}

    def teaching(self, objective: str) -> Claims | None:
        """Give the written chapter that teaches an objective."""
        claimed = (page for page in self.written.values() if any(each.objective == objective for each in page.taught))
        return next(claimed, None)

    def testing(self, objective: str) -> list[tuple[Claims, Exercise]]:
        """List the exercises that test an objective, with their chapters."""
        pages = self.written.values()
        return [(page, each) for page in pages for each in page.exercises if objective in each.tests]

    def chapter(self, page: Claims) -> nodes.reference:
        """Link to a chapter by its title."""
        return self._link(page.docname, "", *_copied(self.env.titles[page.docname]))

    def sections(self, page: Claims, objective: str) -> list[nodes.reference]:
        """Link to the sections of a chapter that carry an objective, by their headings."""
        markers = self._doctree(page.docname).findall(nodes.paragraph)
        carrying = [_section(each) for each in markers if objective in each.get("objectives", ())]
        titles = [(each["ids"][0], each.next_node(nodes.title)) for each in carrying]
        return [self._link(page.docname, anchor, *_copied(title)) for anchor, title in titles if title]

    def exercise(self, page: Claims, exercise: Exercise) -> nodes.reference:
        """Link to an exercise by its number."""
        return self._link(page.docname, exercise.label, nodes.Text(f"Exercise {exercise.number}"))

    def short(self, page: Claims) -> nodes.reference:
        """Link to a page by its name in a few letters, for lists that may grow long."""
        return self._link(page.docname, "", nodes.Text(page.chapter.rpartition("/")[2].replace("-", " ")))

    def place(self, page: Claims, label: str) -> nodes.reference:
        """Link to a section of a page by its heading, to an exercise by its number, to the page without a label."""
        if not label:
            return self._link(page.docname, "", nodes.Text("throughout"))
        for exercise in page.exercises:
            if exercise.label == label:
                return self.exercise(page, exercise)
        anchor = nodes.make_id(label)
        titles = self._doctree(page.docname).findall(nodes.title)
        title = next(each for each in titles if each.parent is not None and anchor in each.parent["ids"])
        return self._link(page.docname, anchor, *_copied(title))

    def _link(self, target: str, anchor: str, *content: nodes.Node) -> nodes.reference:
        address = self.builder.get_relative_uri(self.docname, target) + (f"#{anchor}" if anchor else "")
        return nodes.reference("", "", *content, refuri=address, internal=True)

    def _doctree(self, docname: str) -> nodes.document:
        if docname not in self._doctrees:
            self._doctrees[docname] = self.env.get_doctree(docname)
        return self._doctrees[docname]


def _section(node: nodes.Element) -> nodes.section:
    """Give the section that a node stands in."""
    while not isinstance(node, nodes.section):
        assert node.parent is not None, "every page begins with a title, so everything stands in a section"
        node = node.parent
    return node


def _copied(title: nodes.Element) -> list[nodes.Node]:
    """Copy the content of a title, for use in another place."""
    return [child.deepcopy() for child in title.children]
