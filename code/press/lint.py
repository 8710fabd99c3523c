"""The check of the book's sources that comes before everything else: seconds, and no cell is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from press.book import Book, Problem, read_book
from press.claims import Claims
from press.rules.cells import check_cells
from press.rules.exercises import check_exercises
from press.rules.front import check_front
from press.rules.images import check_images
from press.rules.notation import check_notation
from press.rules.objectives import check_objectives
from press.rules.prose import check_prose
from press.settings import PressError

Rule = Callable[[Book, Claims], Iterator[Problem]]
BookRule = Callable[[Book], Iterator[Problem]]

# What a build by Sphinx alone checks too: without these rules its pages would say wrong things.
CLAIM_RULES: tuple[Rule, ...] = (check_objectives, check_exercises)
RULES: tuple[Rule, ...] = (check_front, *CLAIM_RULES, check_cells, check_images, check_prose)
BOOK_RULES: tuple[BookRule, ...] = (check_notation,)


def lint(root: Path) -> list[Problem]:
    """List all problems in the sources of the book at `root`, in order of file and line.

    Raises PressError if a file cannot be read at all.
    """
    return _problems(read_book(root))


def require_clean(root: Path) -> str:
    """Give one line that says how many pages were checked.

    Raises PressError, a line for each problem, if there is any.
    """
    book = read_book(root)
    problems = _problems(book)
    if problems:
        raise PressError(summary(problems))
    return f"{len(book.pages)} pages checked"


def _problems(book: Book) -> list[Problem]:
    return apply_rules(book, RULES, BOOK_RULES)


def apply_rules(book: Book, rules: Iterable[Rule], book_rules: Iterable[BookRule] = ()) -> list[Problem]:
    """List what breaks the rules of single pages and of the book as one, in order of file and line."""
    found = {problem for rule in rules for page in book.pages.values() for problem in rule(book, page)}
    found |= {problem for rule in book_rules for problem in rule(book)}
    return sorted(found, key=lambda problem: (problem.path, problem.line, problem.text))


def summary(problems: list[Problem]) -> str:
    """Write the problems down, one a line, with their number."""
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the book's sources:"
    return "\n".join([count, *map(str, problems)])
