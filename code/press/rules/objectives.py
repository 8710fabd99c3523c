"""Objectives: what a chapter claims, its sections carry, and the syllabus gives it."""

from __future__ import annotations

from collections.abc import Iterator

from press.book import Book, Problem
from press.claims import Claims
from press.syllabus import SYLLABUS


def check_objectives(book: Book, page: Claims) -> Iterator[Problem]:
    """Find objectives that are unknown, another chapter's, claimed and not carried, or carried and not claimed."""
    if page.course:
        yield from _claimed(book, page)
    yield from _carried(book, page)
    yield from _boxes(book, page)


def _claimed(book: Book, page: Claims) -> Iterator[Problem]:
    line = page.source.front_line("objectives")
    carried = {taught.objective for taught in page.taught}
    for name in dict.fromkeys(page.objectives):
        if name not in book.syllabus:
            text = f"objective {name!r} is not in {SYLLABUS}; correct the id or add it there"
            yield book.problem(page, line, text)
        elif (owner := book.syllabus[name].chapter) != page.chapter:
            text = f"objective {name!r} belongs to {owner} in {SYLLABUS}; drop the claim or change the owner there"
            yield book.problem(page, line, text)
        elif name not in carried:
            text = (
                f"the chapter claims {name!r} and no section carries it; "
                f"write `{{teaches}} {name}` below the heading of the section that teaches it"
            )
            yield book.problem(page, line, text)


def _carried(book: Book, page: Claims) -> Iterator[Problem]:
    for taught in page.taught:
        if taught.objective not in book.syllabus:
            text = f"`{{teaches}}` names the objective {taught.objective!r}, which is not in {SYLLABUS}; correct the id"
            yield book.problem(page, taught.line, text)
        elif taught.objective not in page.objectives:
            text = (
                f"a section carries {taught.objective!r}, which the chapter does not claim; "
                "add it to `objectives` in the front matter or drop it here"
            )
            yield book.problem(page, taught.line, text)


def _boxes(book: Book, page: Claims) -> Iterator[Problem]:
    boxes = [block for block in page.source.directives if block.name == "objectives"]
    if page.course and page.objectives and not boxes:
        text = "the chapter has no objectives box; write `{objectives}` after its opening"
        yield book.problem(page, 1, text)
    for box in boxes if not page.course else boxes[1:]:
        why = "there is one already" if page.course else "the page has no `course` block in its front matter"
        yield book.problem(page, box.line, f"`{{objectives}}` cannot stand here: {why}; remove it")
    for block in page.source.directives:
        if block.name == "teaches" and not block.argument.strip():
            yield book.problem(page, block.line, "`{teaches}` names no objective; write its id after it")
