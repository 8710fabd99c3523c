import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from largemodels.core.checker import (
    Verdict,
    Wrong,
    call,
    check,
    expect,
    expect_close,
    expect_equal,
    expect_keys,
    expect_numbers,
    judge,
    perform,
)

RELU = "imagined.first-steps.relu"
pytestmark = pytest.mark.usefixtures("exercises")


def relu(x):
    return max(0.0, x)


def wrong_with(function, *args, **kwargs):
    with pytest.raises(Wrong) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_a_right_answer_is_praised():
    verdict = judge(RELU, relu)
    assert verdict
    assert verdict.message == "Correct: it is zero below zero, and leaves the rest alone."
    assert judge("imagined.first-steps.silent", 1).message == "Correct."


def test_a_wrong_answer_hears_where_it_is_wrong():
    verdict = judge(RELU, abs, np.random.default_rng(0))
    assert not verdict
    assert verdict.message == (
        "Not yet: for x = -0.132 your function returns 0.132105, expected 0.0. Look at the branch for negative x."
    )


def test_check_prints_the_message_once(capsys):
    verdict = check(RELU, relu)
    assert capsys.readouterr().out == verdict.message + "\n"


def test_a_verdict_ends_a_cell_without_a_word(capsys):
    assert Verdict(True, "Correct.")._ipython_display_() is None
    assert capsys.readouterr().out == ""


def test_cases_are_fresh_each_time_and_the_same_for_the_same_rng():
    seen = []

    def spy(x):
        seen.append(x)
        return relu(x)

    judge(RELU, spy)
    judge(RELU, spy)
    assert seen[:20] != seen[20:]
    judge(RELU, spy, np.random.default_rng(3))
    judge(RELU, spy, np.random.default_rng(3))
    assert seen[40:60] == seen[60:]


def starter(x): ...


def still_ellipsis(x):
    return ...


def raises(x):
    y = x + 1
    return y / 0


def in_numpy(x):
    return np.linalg.inv(np.zeros((2, 2)) * x)


def endless(x):
    return endless(x)


def leaves(x):
    raise SystemExit(3)


class OwnBaseError(BaseException):
    def __str__(self):
        raise ValueError("no words")


def own_error(x):
    raise OwnBaseError


class Hostile:
    """An object that refuses whatever it is asked."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    def __bool__(self):
        raise RuntimeError("bool")

    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (..., "write yours in place of `...`"),
        (None, "write yours in place of `...`"),
        (starter, "returns None: write your code in place of `...`"),
        (still_ellipsis, "returns Ellipsis: write your code"),
        (7, "the task asks for a function, and your answer is 7."),
        ("relu", "asks for a function, and your answer is 'relu'."),
        (lambda: 0.0, "keep the parameters of the starter cell"),
        (lambda x, y: x + y, "missing a required argument: 'y'"),
        (raises, "raises ZeroDivisionError: float division by zero, at line"),
        (raises, "of your code: `return y / 0`."),
        (in_numpy, "LinAlgError: Singular matrix, at line"),
        (in_numpy, "`return np.linalg.inv(np.zeros((2, 2)) * x)`"),
        (endless, "calls itself more deeply than Python allows"),
        (leaves, "raises SystemExit: 3, at line"),
        (own_error, "raises OwnBaseError, at line"),
        (lambda _: "zero", "your function returns 'zero', expected a single number."),
        (lambda x: [x, 0.0], "returns an array of shape (2,), expected a single number."),
        (lambda _: np.zeros((4, 5)), "returns an array of shape (4, 5), expected a single number."),
        (lambda _: Hostile(), "your function returns a Hostile, expected a single number."),
        (lambda x: (i for i in [x]), "expected a single number."),
        (lambda _: float("nan"), "returns nan, expected"),
        (lambda _: 1j, "returns 1j, expected"),
        (lambda x: {"y": x}, "expected a single number."),
    ],
)
def test_whatever_the_answer_does_a_sentence_comes_back(answer, words):
    verdict = judge(RELU, answer)
    assert not verdict
    assert verdict.message.startswith("Not yet: ")
    assert words in verdict.message
    assert "\n" not in verdict.message
    assert len(verdict.message) < 400


def test_an_answer_that_stops_its_checker_gets_a_sentence_too():
    assert judge("imagined.first-steps.careless", 3).message.startswith(
        "Not yet: your answer stopped its checker, which raised AttributeError: 'int' object has no attribute"
    )


@pytest.mark.parametrize("name", ["relu", "silent", "careless"])
def test_an_answer_that_refuses_everything_gets_a_sentence_too(name):
    message = judge(f"imagined.first-steps.{name}", Hostile()).message
    assert message.startswith("Not yet: ")
    assert message.endswith(".")


def test_the_readers_own_interrupt_gets_through():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(RELU, interrupted)


@pytest.mark.parametrize("scalar", [torch.tensor(1.0, requires_grad=True), np.float32(1), np.array(1.0), 1, True])
def test_numbers_of_every_kind_are_numbers(scalar):
    expect_close(scalar, 1.0)


def test_tensors_with_gradients_and_of_half_precision_compare_as_numbers():
    got = torch.ones(3, requires_grad=True) * 2
    expect_close(got, [2, 2, 2])
    expect_close(got.to(torch.bfloat16), np.full(3, 2.0))
    assert wrong_with(expect_close, got, np.zeros(3)) == "your function returns [2., 2., 2.], expected [0., 0., 0.]."


def test_in_a_large_array_the_first_wrong_value_is_named():
    want = np.zeros((5, 6))
    got = want.copy()
    got[2, 3] = got[4, 0] = 1
    assert wrong_with(expect_close, got, want, where="for 5 rows", what="your gradient has") == (
        "for 5 rows your gradient has 2 wrong values of 30: at index (2, 3) 1.0, expected 0.0."
    )


def test_infinities_match_only_themselves():
    expect_close([np.inf, -np.inf, np.nan], [np.inf, -np.inf, np.nan])
    for got, want in [(5.0, np.inf), (np.inf, -np.inf), (np.inf, 5.0), (np.nan, 5.0), (5.0, np.nan)]:
        wrong_with(expect_close, got, want)


numbers = st.floats(-1e6, 1e6)


@given(want=numbers, error=st.floats(-1e3, 1e3), tol=st.sampled_from([0.0, 1e-9, 1e-3, 1.0]))
def test_the_tolerance_is_the_stated_one(want, error, tol):
    got = want + error
    if abs(got - want) <= tol * (1 + abs(want)) * (1 - 1e-9):
        expect_close(got, want, tol)
    if abs(got - want) > tol * (1 + abs(want)) * (1 + 1e-9) + 1e-300:
        wrong_with(expect_close, got, want, tol)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_a_returned_value_of_any_kind_is_accepted_or_refused_in_a_sentence(value):
    verdict = judge(RELU, lambda _: value)
    assert not verdict
    assert verdict.message.startswith("Not yet: ")
    assert "\n" not in verdict.message


def test_call_passes_arguments_and_result():
    assert call(lambda a, *, b: a + b, 1, b=2) == 3
    assert call(max, [3, 5]) == 5
    assert call(torch.nn.Identity(), 2.0) == 2.0


def test_call_names_the_arguments():
    assert wrong_with(call, starter, x=np.ones(2)) == (
        "starter(x=[1., 1.]) returns None: write your code in place of `...`, and `return` what it finds."
    )


def test_perform_takes_none_for_a_result():
    values = [1]
    assert perform(values.append, 2) is None
    assert values == [1, 2]


def test_expect_equal_compares_words_and_refuses_what_has_no_single_truth():
    expect_equal(["a", "b"], ["a", "b"])
    assert wrong_with(expect_equal, "a", "b", where="first") == "first your function returns 'a', expected 'b'."
    wrong_with(expect_equal, np.zeros(2), [0, 0])
    wrong_with(expect_equal, Hostile(), 1)


def test_expect_keys():
    expect_keys({"a": 1, "b": 0}, ["a", "b"])
    assert wrong_with(expect_keys, [1], ["a"]) == "your answer is [1], expected a dict with the keys a."
    assert wrong_with(expect_keys, {"A": 1}, ["a"]) == "your answer has no a, and has A instead."
    assert wrong_with(expect_keys, {"a": 1, 2: 1}, ["a"]) == "your answer has a key too many: 2."
    assert "still blank at b" in wrong_with(expect_keys, {"a": 1, "b": ...}, ["a", "b"])


def test_expect():
    expect(np.bool_(True), "never said")
    assert wrong_with(expect, [], "an empty list.") == "an empty list."


@pytest.mark.parametrize("got", [[[1, 2], [3, 4]], np.eye(2), torch.eye(2, requires_grad=True), 3])
def test_numbers_of_any_kind_come_back_as_floats(got):
    assert expect_numbers(got, "no").dtype == np.float64


@pytest.mark.parametrize("got", [..., [[..., 1]], "word", [1, "2"], [[1], [1, 2]], 1j, None])
def test_what_is_not_made_of_numbers_is_refused_with_the_sentence(got):
    with pytest.raises(Wrong, match="is it filled in"):
        expect_numbers(got, "is it filled in?")
