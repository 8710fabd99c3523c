"""Front matter: every key known, of the right type, and naming things that exist."""

from __future__ import annotations

from collections.abc import Iterator

from myst_nb.core.config import NbParserConfig, Section

from press.book import STORE, Book, Problem
from press.claims import Claims, strings
from press.rules.cells import unknown

# Key of `course` and its type; a chapter that names `processes` starts and times so many, and is executed alone.
COURSE = {"objectives": list, "minutes": int, "requires": list, "extra": str, "data": list, "processes": int}
REQUIRED = ("objectives", "minutes", "requires", "extra")
# What myst-nb reads from a page's front matter.
MYSTNB = tuple(
    field.name for field in NbParserConfig.get_fields() if Section.file_lvl in field.metadata.get("sections", ())
)


def check_front(book: Book, page: Claims) -> Iterator[Problem]:
    """Find what is missing, misspelt or wrong in the front matter of a page."""
    for key, text in (*_notebook(page), *_course(page), *_names(book, page)):
        yield book.problem(page, page.source.front_line(key), text)


def _notebook(page: Claims) -> Iterator[tuple[str, str]]:
    front = page.source.front
    mystnb = front.get("mystnb") or {}
    if isinstance(mystnb, dict):
        yield from (("mystnb", text) for text in unknown(mystnb, MYSTNB, "the `mystnb` setting"))
    else:
        yield "mystnb", "`mystnb` must hold settings as `name: value`"
    kernel = front.get("kernelspec")
    if page.source.is_notebook:
        if not isinstance(kernel, dict) or not kernel.get("name"):
            yield "kernelspec", "the notebook has no kernel; add `kernelspec: {name: python3, display_name: Python 3}`"
        if "course" not in front:
            yield "file_format", f"the notebook has no `course` block; add one with {', '.join(REQUIRED)}"
    elif page.source.cells:
        yield "file_format", "the page has code cells and is no notebook; add `file_format: mystnb` to its front matter"


def _course(page: Claims) -> Iterator[tuple[str, str]]:
    found = page.source.front.get("course", {})
    if not isinstance(found, dict):
        yield "course", f"`course` must hold {', '.join(COURSE)} as `name: value`"
    elif "course" in page.source.front:
        yield from (("course", text) for text in unknown(found, tuple(COURSE), "the `course` key"))
        yield from (("course", f"`course` does not state `{key}`; add it") for key in REQUIRED if key not in found)
        for key in COURSE.keys() & found.keys():
            yield from ((key, text) for text in _value(key, found[key]))


def _value(key: str, value: object) -> Iterator[str]:
    kind = COURSE[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        yield f"`{key}` of `course` is {value!r}; write {_KINDS[kind]}"
    elif isinstance(value, int) and value <= 0:
        yield f"`{key}` of `course` must be more than zero"
    names = strings(value)
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"`{key}` of `course` lists {name!r} twice; once is enough"


_KINDS = {list: "a list, [] if there is none", int: "a whole number", str: "a word"}


def _names(book: Book, page: Claims) -> Iterator[tuple[str, str]]:
    chapters = {*book.syllabus.chapters, *book.chapters}
    for name in page.requires:
        if name not in chapters:
            yield "requires", f"`requires` names {name!r}, which is no chapter; write part/name"
    extra = page.course.get("extra")
    if isinstance(extra, str) and book.extras is not None and extra not in book.extras:
        yield (
            "extra",
            f"`extra` is {extra!r}, which pyproject.toml does not have; use {', '.join(sorted(book.extras))}",
        )
    for name in strings(page.course.get("data")):
        if book.store is not None and name not in book.store:
            yield (
                "data",
                f"`data` names {name!r}, which is not in {STORE}; correct the name or add the item there",
            )
