"""Try a reader's answer to an exercise, and say in one sentence how it went.

`check` is what a notebook calls. A checker is a function `exercise(answer, rng)` in the module
largemodels.part.exercises.chapter. It draws fresh random cases from `rng`, runs the reader's code with
`call`, and raises `Wrong` with a sentence, by the `expect...` functions or itself. It may return praise.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from largemodels.core.checker_find import UnknownExerciseError, find_checker
from largemodels.core.checker_words import (
    as_array,
    spell,
    spell_call,
    spell_error,
    spell_shape,
    spell_signature,
)
from largemodels.core.seed import generators_kept


class Wrong(Exception):  # noqa: N818
    """The answer is not right yet; the text says in a sentence what is wrong and where to look."""


@dataclass(frozen=True)
class Verdict:
    """How it went: true if the answer is right."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def _ipython_display_(self) -> None:
        """Show nothing when it ends a cell: `check` has printed the message."""


def check(name: str, answer: Any) -> Verdict:
    """Try the answer to exercise part.chapter.exercise on fresh random cases, and print how it went."""
    verdict = judge(name, answer)
    print(verdict.message)
    return verdict


def judge(name: str, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
    """Try the answer to exercise `name` on cases drawn from `rng` (fresh ones by default), printing nothing.

    Whatever the answer does, the outcome is a verdict; only the reader's own interrupt gets through.
    """
    try:
        checker = find_checker(name)
        expect(answer is not ... and answer is not None, "there is no answer yet: write yours in place of `...`.")
        with generators_kept():  # so that what the notebook draws next does not depend on our cases
            praise = checker(answer, rng or np.random.default_rng())
    except UnknownExerciseError as unknown:
        return Verdict(False, str(unknown))
    except Wrong as wrong:
        return Verdict(False, f"Not yet: {wrong}")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # The checker could not even look at the answer: it lacks an attribute that the task asks for, say.
        return Verdict(False, f"Not yet: your answer stopped its checker, which raised {_end(spell_error(error))}")
    return Verdict(True, f"Correct: {praise}" if praise else "Correct.")


def call(answer: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run the reader's function and return what it returns, which must not be None.

    Raises Wrong, with a sentence, for whatever goes wrong. What the function changes in place stays changed.
    """
    result = perform(answer, *args, **kwargs)
    if result is None or result is ...:
        raise Wrong(
            f"{spell_call(answer, args, kwargs)} returns {result!r}: write your code in place of `...`, "
            "and `return` what it finds."
        )
    return result


def perform(answer: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run the reader's function like `call`, where None is a good result: it changes something in place."""
    if not callable(answer):
        raise Wrong(f"the task asks for a function, and your answer is {spell(answer)}.")
    _expect_signature(answer, args, kwargs)
    try:
        return answer(*args, **kwargs)
    except (Wrong, KeyboardInterrupt):
        raise
    except RecursionError as error:
        raise Wrong(
            f"{spell_call(answer, args, kwargs)} calls itself more deeply than Python allows: look at the case where "
            "it should stop, or use a loop."
        ) from error
    except BaseException as error:  # SystemExit too: a reader's exit() must not end the session
        raise Wrong(f"{spell_call(answer, args, kwargs)} raises {_end(spell_error(error))}") from error


def expect(condition: Any, sentence: str) -> None:
    """Raise Wrong(sentence) unless the condition holds."""
    if not condition:
        raise Wrong(sentence)


def expect_close(
    got: Any,
    want: Any,
    tol: float = 1e-6,
    *,
    where: str = "",
    hint: str = "",
    what: str = "your function returns",
) -> None:
    """Raise Wrong unless the numbers `got` have the shape of `want` and lie within tol * (1 + |want|) of it.

    Both may be numbers, lists, NumPy arrays or torch tensors. The sentence reads:
    {where} {what} got, expected want. {hint}
    """
    actual, expected = _numbers(got), as_array(want)
    if actual is None or actual.shape != expected.shape:
        found = spell(got) if actual is None else spell_shape(actual.shape)
        raise Wrong(_sentence(where, what, found, spell_shape(expected.shape), hint))
    wrong = ~np.isclose(actual, expected, rtol=tol, atol=tol, equal_nan=True)
    if wrong.size > 12 and wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        what = f"{what} {int(wrong.sum())} wrong values of {wrong.size}: at index {place}"
        raise Wrong(_sentence(where, what, spell(actual[place]), spell(expected[place]), hint))
    if wrong.any():
        raise Wrong(_sentence(where, what, spell(actual[()]), spell(expected[()]), hint))


def expect_equal(got: Any, want: Any, *, where: str = "", hint: str = "", what: str = "your function returns") -> None:
    """Raise Wrong unless `got` equals `want`: words, lists, sets, and whatever else is not a measurement."""
    try:
        same = bool(got == want)
    except Exception:  # arrays and tensors have no single truth
        same = False
    if not same:
        raise Wrong(_sentence(where, what, spell(got), spell(want), hint))


def expect_numbers(got: Any, sentence: str) -> np.ndarray:
    """Return real numbers (lists, NumPy arrays, torch tensors) as an array of floats; else raise Wrong(sentence)."""
    numbers = _numbers(got)
    if numbers is None or np.iscomplexobj(numbers):
        raise Wrong(sentence)
    return numbers.astype(float)


def expect_keys(got: Any, keys: Iterable[str], what: str = "your answer") -> None:
    """Raise Wrong unless `got` is a dict with these keys, no others, and no value left as `...`."""
    wanted = list(keys)
    expect(isinstance(got, dict), f"{what} is {spell(got)}, expected a dict with the keys {', '.join(wanted)}.")
    missing = [key for key in wanted if key not in got]
    surplus = [str(key) for key in got if key not in wanted]
    instead = f", and has {', '.join(surplus)} instead" if surplus else ""
    expect(not missing, f"{what} has no {', '.join(missing)}{instead}.")
    expect(not surplus, f"{what} has a key too many: {', '.join(surplus)}.")
    blank = [key for key in wanted if got[key] is ... or got[key] is None]
    expect(not blank, f"{what} is still blank at {', '.join(blank)}: write yours in place of `...`.")


def _expect_signature(answer: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise Wrong if the function does not take these arguments; built-in functions that can't tell pass."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise Wrong(
            f"{spell_signature(answer)} can't be called as {spell_call(answer, args, kwargs)} ({error}): "
            "keep the parameters of the starter cell."
        ) from error


def _numbers(value: Any) -> np.ndarray | None:
    """Return the reader's numbers as an array, or None if that is not what they are."""
    try:
        return as_array(value)
    except Exception:  # whatever the reader's object raises when it is asked for numbers
        return None


def _sentence(where: str, what: str, got: str, want: str, hint: str) -> str:
    return " ".join(piece for piece in (where, what, f"{got}, expected {want}.", hint) if piece)


def _end(text: str) -> str:
    return text if text.endswith((".", "?", "…")) else f"{text}."
