"""Figures, listings, exercises, and the boxes of sphinx-design."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

from press.export import shapes
from press.export.blocks import body, writes
from press.export.inline import children, write_image, write_raw
from press.export.page import Page


@writes("figure")
def _figure(node: nodes.Element, page: Page) -> list[str]:
    pictures = [part for part in node.children if not isinstance(part, (nodes.caption, nodes.legend))]
    return [*body(pictures, page), *_caption(node, page, "figure")]


@writes("image")
def _image(node: nodes.Element, page: Page) -> list[str]:
    return [write_image(node, page)]


@writes("raw")
def _raw(node: nodes.Element, page: Page) -> list[str]:
    if "diagram" in node:
        alt = shapes.escape(" ".join(str(node["alt"]).split()))
        return [f"![{alt}]({page.site}{diagram_path(node['diagram'])})"]
    text = write_raw(node, page)
    return [text] if text else []


def diagram_path(name: str) -> str:
    """Give the path of a drawn diagram below the site's root."""
    return f"_images/figures/{name}.svg"


def captions(cell: nodes.Element, page: Page) -> Iterator[str]:
    """Write the captions of a code cell's figures: the pictures come when the reader runs the cell."""
    for figure in cell.findall(nodes.figure):
        yield from _caption(figure, page, "figure")


def _caption(node: nodes.Element, page: Page, kind: str) -> list[str]:
    written = []
    for part in node.children:
        if isinstance(part, nodes.caption):
            written.append(f"{shapes.strong(page.label(node, kind))} {children(part, page)}".strip())
        elif isinstance(part, nodes.legend):
            written += body(part.children, page)
    return written


@writes("container")
def _container(node: nodes.Element, page: Page) -> list[str]:
    if node.get("nb_element") == "cell_code":
        page.refuse(node, "a code cell stands inside a box or a list; put it behind")
    if node.get("literal_block"):
        code = [part for part in node.children if not isinstance(part, nodes.caption)]
        return [*_caption(node, page, "code-block"), *body(code, page)]
    if node.get("design_component") == "card-title":
        return [shapes.strong(children(node, page))]
    if node.get("design_component") == "card":
        return [shapes.quote(body(node.children, page))]
    return body(node.children, page)


@writes("exercise_node", "exercise_enumerable_node")
def _exercise(node: nodes.Element, page: Page) -> list[str]:
    title, *rest = node.children
    assert isinstance(title, nodes.Element)
    words = page.label(node, "exercise") + children(title, page)
    return [shapes.titled_quote(words, body(rest, page))]


@writes("dropdown_main")
def _dropdown(node: nodes.Element, page: Page) -> list[str]:
    title, *rest = node.children
    assert isinstance(title, nodes.Element)
    return [shapes.titled_quote(children(title, page), body(rest, page))]


@writes("sd_tab_label")
def _tab(node: nodes.Element, page: Page) -> list[str]:
    return [shapes.strong(children(node, page))]


@writes("sd_tab_input")
def _tab_input(_node: nodes.Element, _page: Page) -> list[str]:
    return []
