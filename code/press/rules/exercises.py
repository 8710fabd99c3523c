"""Exercises: task, starter, checker and solution belong together, and to a checker in the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from press.book import Book, Problem
from press.claims import Claims, Exercise
from press.pycode import calls, parse
from press.source import Directive
from press.syllabus import SYLLABUS

_ORDER = re.compile(r"s+c+S")


def check_exercises(book: Book, page: Claims) -> Iterator[Problem]:
    """Find exercises that lack a part, test nothing, or disagree with their checker in the package."""
    seen: set[str] = set()
    for exercise in page.exercises:
        yield from _task(book, page, exercise)
        if exercise.label in seen:
            text = f"the label {exercise.label!r} stands for two exercises; give this one another"
            yield book.problem(page, exercise.line, text)
        seen.add(exercise.label)
        if _is_code(book, page, exercise):
            yield from _quartet(book, page, exercise)
            yield from _checked(book, page, exercise)
        elif exercise.solution is None:
            text = f"exercise {exercise.label!r} has no solution; add `{{solution-start}} {exercise.label}`"
            yield book.problem(page, exercise.line, text + " with the points that a good answer makes")
    yield from _strays(book, page)


def checker_module(root: Path, page: Claims) -> Path:
    """Give the module that holds the checkers of a chapter."""
    part, _, name = page.chapter.partition("/")
    return root / "code/largemodels" / part / "exercises" / f"{name.replace('-', '_')}.py"


def _task(book: Book, page: Claims, exercise: Exercise) -> Iterator[Problem]:
    prefix = page.chapter.replace("/", ".") + "."
    if not re.fullmatch(re.escape(prefix) + r"[a-z][a-z0-9_]*", exercise.label):
        text = f"the exercise's `:label:` is {exercise.label!r}; write {prefix}name, the name as a Python function's"
        yield book.problem(page, exercise.line, text)
    if not exercise.tests:
        text = "the exercise does not say what it tests; add `:tests:` with the ids of its objectives"
        yield book.problem(page, exercise.line, text)
    for name in exercise.tests:
        if name not in book.syllabus:
            text = f"the exercise tests {name!r}, which is not in {SYLLABUS}; correct the id in `:tests:`"
            yield book.problem(page, exercise.line, text)
    if not exercise.ended:
        yield book.problem(page, exercise.line, "the exercise has no end; add `{exercise-end}` after its text")


def _is_code(book: Book, page: Claims, exercise: Exercise) -> bool:
    """Tell a code exercise from an open question, which has no cells to fill in and no checker."""
    return bool(
        exercise.starters
        or exercise.checkers
        or any(_checks(cell) for cell in exercise.solution_cells)
        or _function(exercise) in _functions(checker_module(book.settings.root, page))
    )


def _quartet(book: Book, page: Claims, exercise: Exercise) -> Iterator[Problem]:
    label, line = exercise.label, exercise.line
    for cells, tag in ((exercise.starters, "starter"), (exercise.checkers, "checker")):
        if not cells:
            yield book.problem(page, line, f"exercise {label!r} has no {tag}; add a code cell with the tag `{tag}`")
    if exercise.solution is None:
        text = f"exercise {label!r} has no solution; add `{{solution-start}} {label}` after its checker"
        yield book.problem(page, line, text)
    elif exercise.starters and exercise.checkers and not _ORDER.fullmatch(exercise.order):
        text = f"the parts of exercise {label!r} are out of order; put task, starter, checker, solution one by one"
        yield book.problem(page, line, text)
    for cell in exercise.solution_cells:
        if "solution" not in cell.tags:
            text = f"this cell stands in the solution of {label!r} without the tag `solution`; add the tag"
            yield book.problem(page, cell.line, text)
    if exercise.solution is not None and not any(_asserts(cell, label) for cell in exercise.solution_cells):
        text = f'the solution of {label!r} is not held to its checker; end it with `assert check("{label}", ...)`'
        yield book.problem(page, exercise.solution.line, text)


def _checked(book: Book, page: Claims, exercise: Exercise) -> Iterator[Problem]:
    module = checker_module(book.settings.root, page)
    if _function(exercise) not in _functions(module):
        shown = module.relative_to(book.settings.root)
        text = f"exercise {exercise.label!r} has no checker; write the function `{_function(exercise)}` in {shown}"
        yield book.problem(page, exercise.line, text)
    for cell in exercise.checkers:
        if _checks(cell) != {exercise.label}:
            text = f'the checker cell does not check this exercise; write `check("{exercise.label}", ...)` in it'
            yield book.problem(page, cell.line, text)
    for cell in exercise.solution_cells:
        for label in sorted(_checks(cell) - {exercise.label}):
            text = f"the solution of {exercise.label!r} checks {label!r}; write {exercise.label!r} there"
            yield book.problem(page, cell.line, text)


def _strays(book: Book, page: Claims) -> Iterator[Problem]:
    for block in page.strays:
        if block.name == "solution-start":
            text = f"the solution names {block.argument!r}, which is no exercise above it; correct the label"
        else:
            tag = next(tag for tag in ("starter", "checker", "solution") if tag in block.tags)
            text = f"this cell has the tag `{tag}` and belongs to no exercise; move it into one or drop the tag"
        yield book.problem(page, block.line, text)


def _function(exercise: Exercise) -> str:
    return exercise.label.rpartition(".")[2]


def _functions(module: Path) -> set[str]:
    """Name the functions that a module defines."""
    tree = parse(module.read_text("utf-8")) if module.is_file() else None
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} if tree else set()


def _checks(cell: Directive) -> set[str]:
    """Give the labels that a cell hands to `check`."""
    tree = parse(cell.body)
    return {_label(call) for call in calls(tree, "check")} if tree else set()


def _asserts(cell: Directive, label: str) -> bool:
    """Tell whether a cell asserts the verdict of `check` on this label."""
    tree = parse(cell.body)
    asserted = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)] if tree else []
    return any(_label(call) == label for test in asserted for call in calls(test, "check"))


def _label(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""
