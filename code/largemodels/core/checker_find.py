"""Find the function that checks an exercise by the exercise's name, part.chapter.exercise."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any

_PACKAGE = "largemodels"


class UnknownExerciseError(LookupError):
    """No exercise has this name, or its checker can't be loaded; the text says so in a sentence."""


def find_checker(name: str) -> Callable[..., str | None]:
    """Return the function `exercise` of largemodels.part.exercises.chapter by its name part.chapter.exercise.

    A dash in the name is an underscore in the code. Raises UnknownExerciseError, which says what comes near.
    """
    part, chapter, exercise = _split(name)
    module = _load(f"{_PACKAGE}.{part}.exercises.{chapter}")
    if module is None:
        raise _unknown(name, f"{part}.{chapter}", _chapters(), "chapter with exercises")
    checkers = checkers_of(module)
    if exercise not in checkers:
        raise _unknown(name, exercise, list(checkers), "exercise in this chapter")
    return checkers[exercise]


def checkers_of(module: ModuleType) -> dict[str, Callable[..., str | None]]:
    """Return the checkers that a module defines, by name: its public functions of (answer, rng)."""
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and list(inspect.signature(function).parameters) == ["answer", "rng"]
    }


def _split(name: Any) -> list[str]:
    """Return part, chapter and exercise, as they are spelled in the code."""
    pieces = name.replace("-", "_").split(".") if isinstance(name, str) else []
    if len(pieces) != 3 or not all(piece.isidentifier() for piece in pieces):
        raise UnknownExerciseError(
            f"{name!r} does not name an exercise: write part.chapter.exercise, such as 'foundations.backprop.relu'."
        )
    return pieces


def _load(module: str) -> ModuleType | None:
    """Import a module; return None if there is none of that name."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if f"{module}.".startswith(f"{error.name}."):
            return None
        raise UnknownExerciseError(
            f"This exercise needs the package {error.name!r}, which is not installed: run the notebook's first cell."
        ) from error


def _chapters() -> list[str]:
    """Return part.chapter of each chapter that has exercises, as they are spelled in the book."""
    package = importlib.import_module(_PACKAGE)
    found = []
    for part in pkgutil.iter_modules(package.__path__):
        exercises = _load(f"{_PACKAGE}.{part.name}.exercises") if part.ispkg else None
        paths = exercises.__path__ if exercises else []
        found += [f"{part.name}.{chapter.name.replace('_', '-')}" for chapter in pkgutil.iter_modules(paths)]
    return found


def _unknown(name: str, wanted: str, known: list[str], what: str) -> UnknownExerciseError:
    """Say that there is no such name, and which names come near (or if none does, the first few)."""
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5) or sorted(known)[:8]
    hint = f"did you mean {' or '.join(near)}?" if near else "check its spelling."
    return UnknownExerciseError(f"There is no exercise {name!r}, for there is no such {what}: {hint}")
