"""What a chapter claims: the objectives that its sections carry, and its exercises with all their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from press.source import CELL, Directive, Heading, Source


@dataclass(frozen=True)
class Taught:
    """A section that says that it carries an objective."""

    objective: str
    line: int
    section: str  # heading as typed


@dataclass
class Exercise:
    """An exercise and the cells that belong to it."""

    label: str
    title: str
    tests: list[str]
    line: int
    number: int  # in its chapter, from 1
    ended: bool = False
    starters: list[Directive] = field(default_factory=list)
    checkers: list[Directive] = field(default_factory=list)
    solution: Directive | None = None
    solution_cells: list[Directive] = field(default_factory=list)
    order: str = ""  # a letter for each element after the task: s(tarter), c(hecker), S(olution)


@dataclass
class Claims:
    """What a page claims to teach."""

    source: Source
    taught: list[Taught] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    strays: list[Directive] = field(default_factory=list)  # cells or solutions that belong to no exercise

    @property
    def docname(self) -> str:
        """Name of the page, as Sphinx calls it."""
        return self.source.docname

    @property
    def chapter(self) -> str:
        """Name of the chapter as the syllabus gives it: part/name."""
        return self.docname.partition("/")[2]

    @property
    def course(self) -> dict[str, Any]:
        """The `course` block of the front matter, empty if there is none."""
        found = self.source.front.get("course")
        return found if isinstance(found, dict) else {}

    @property
    def objectives(self) -> list[str]:
        """Ids in the front matter."""
        return strings(self.course.get("objectives"))

    @property
    def requires(self) -> list[str]:
        """Chapters that the reader needs first."""
        return strings(self.course.get("requires"))

    @property
    def minutes(self) -> int:
        """Minutes of reading and doing; 0 if not stated."""
        minutes = self.course.get("minutes")
        return minutes if isinstance(minutes, int) else 0

    @property
    def title(self) -> str:
        """Text of the first heading."""
        return next((heading.text for heading in self.source.headings), self.chapter)

    def shown(self) -> tuple[object, ...]:
        """Give all that other pages show of this one: when it changes, they are written again."""
        taught = tuple((each.objective, each.section) for each in self.taught)
        exercises = tuple((each.label, each.title, *each.tests) for each in self.exercises)
        return self.docname, self.title, self.minutes, tuple(self.objectives), taught, exercises


def strings(value: object) -> list[str]:
    """List the strings in a list of the front matter; nothing if it is no list."""
    return [str(item) for item in value] if isinstance(value, list) else []


def read_claims(source: Source) -> Claims:
    """Gather the claims of a page, in one pass over its headings and directives."""
    claims = Claims(source)
    _taught(claims, source.blocks)
    _exercises(claims, source.directives)
    return claims


def _taught(claims: Claims, blocks: Sequence[Heading | Directive]) -> None:
    section = ""
    for block in blocks:
        if isinstance(block, Heading):
            section = block.text
        elif block.name == "teaches":
            claims.taught += [Taught(name, block.line, section) for name in block.argument.split()]


def _exercises(claims: Claims, directives: Sequence[Directive]) -> None:
    solved: Exercise | None = None  # the exercise whose solution is open
    for block in directives:
        last = claims.exercises[-1] if claims.exercises else None
        if block.name == "exercise-start":
            claims.exercises.append(_exercise(block, len(claims.exercises) + 1))
        elif block.name == "exercise-end" and last is not None:
            last.ended = True
        elif block.name == "solution-start":
            solved = _open_solution(claims, block)
        elif block.name == "solution-end":
            solved = None
        elif block.name == CELL:
            _add_cell(claims, block, last, solved)


def _exercise(block: Directive, number: int) -> Exercise:
    tests = block.option("tests").replace(",", " ").split()
    return Exercise(block.option("label"), block.argument, tests, block.line, number)


def _open_solution(claims: Claims, block: Directive) -> Exercise | None:
    for exercise in claims.exercises:
        if exercise.label == block.argument and exercise.solution is None:
            exercise.solution = block
            exercise.order += "S"
            return exercise
    claims.strays.append(block)
    return None


def _add_cell(claims: Claims, cell: Directive, last: Exercise | None, solved: Exercise | None) -> None:
    if solved is not None:
        solved.solution_cells.append(cell)
    elif "starter" in cell.tags and last is not None:
        last.starters.append(cell)
        last.order += "s"
    elif "checker" in cell.tags and last is not None:
        last.checkers.append(cell)
        last.order += "c"
    elif {"starter", "checker", "solution"} & set(cell.tags):
        claims.strays.append(cell)
