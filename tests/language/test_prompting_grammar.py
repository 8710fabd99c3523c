"""Patterns against the re module, and the tokens that they let through."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.language.prompting.constraint import DEAD, START, Automaton, Fits
from largemodels.language.prompting.grammar import DIGITS, END, NOTHING, VALUES, Many, json_object, one_of, some, text

PATTERNS = [
    ("ab", text("ab")),
    ("a|ab|b", one_of(["a", "ab", "b"])),
    ("a[bc]+", text("a") + some("bc")),
    ("(ab)*a", Many(text("ab")) + text("a")),
    ("(a|b)*c|a", Many(one_of("ab")) + text("c") | text("a")),
    ("", END),
]


def fits(pattern, string):
    machine = Automaton(pattern)
    return machine.patterns[machine.read(START, string)].empty


@pytest.mark.parametrize(("regex", "pattern"), PATTERNS)
@given(string=st.text("abc", max_size=6))
def test_a_text_fits_where_the_regular_expression_matches(regex, pattern, string):
    assert fits(pattern, string) == bool(re.fullmatch(regex, string))


@given(st.integers(0, 10**6))
def test_an_integer_is_what_json_writes(number):
    assert fits(VALUES["integer"], str(number))
    assert not fits(VALUES["integer"], f"0{number}")


def test_a_json_object_has_its_names_in_order():
    pattern = json_object({"name": "string", "n": "integer"})
    assert fits(pattern, json.dumps({"name": "Addis Ababa", "n": 12}))
    for wrong in ('{"n": 12, "name": "x"}', '{"name": "x"}', '{"name": "", "n": 1}', '{"name": "x", "n": 1} '):
        assert not fits(pattern, wrong)


def test_an_unknown_kind_of_value_is_refused():
    with pytest.raises(ValueError, match="no kind of value 'date': use string or integer"):
        json_object({"day": "date"})


def test_what_can_not_go_on_is_dead():
    assert Automaton(text("ab")).read(START, "ax") == DEAD
    assert text("a") + NOTHING == NOTHING
    assert END + text("a") == text("a") == text("a") + END


class Letters:
    """A tokenizer of few tokens: some letters long, one special, one half a character."""

    tokens = ("<end>", "a", "b", "ab", "abc", " a", "\N{REPLACEMENT CHARACTER}", "1")
    eos_token_id = 0
    all_special_ids = (0,)

    def __len__(self):
        return len(self.tokens)

    def decode(self, ids):
        return "".join(self.tokens[i] for i in ids)


def allowed(constraint, string):
    return {Letters.tokens[i] for i in constraint.allowed(string).nonzero().flatten().tolist()}


def test_tokens_are_allowed_that_stay_the_start_of_a_fitting_text():
    constraint = Fits(text("ab") + some(DIGITS), Letters())
    assert allowed(constraint, "") == {"a", "ab"}
    assert allowed(constraint, "a") == {"b"}
    assert allowed(constraint, "ab") == {"1"}
    assert allowed(constraint, "ab1") == {"1", "<end>"}
    assert allowed(Fits(text("a"), Letters(), lead=" "), "") == {" a"}


def test_an_answer_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="'x' is not the start of any text that fits"):
        Fits(text("ab"), Letters()).allowed("x")
