"""No answer is asked for twice, and none is taken for another's."""

import pytest

from largemodels.language.prompting.answers import Answers


def upper(texts):
    return [text.upper() for text in texts]


def refuse(texts):
    pytest.fail(f"asked again: {texts}")


def test_each_text_is_asked_once_and_answers_keep_their_order():
    answers = Answers()
    assert answers.get("m", "s", ["b", "a", "b"], upper) == ["B", "A", "B"]
    assert answers.asked == 2
    assert answers.get("m", "s", ["a", "b"], refuse) == ["A", "B"]
    assert answers.get("m", "s", ["c", "a"], upper) == ["C", "A"]
    assert answers.asked == 3


@pytest.mark.parametrize("other", [("n", "s", "a"), ("m", "t", "a"), ("m", "s", "a ")])
def test_another_model_setting_or_text_is_asked_anew(other):
    answers = Answers()
    answers.get("m", "s", ["a"], upper)
    model, settings, text = other
    assert answers.get(model, settings, [text], lambda texts: ["new"]) == ["new"]


def test_a_file_keeps_them_for_the_next_run_even_if_its_last_line_was_cut(tmp_path):
    path = tmp_path / "new" / "answers.jsonl"
    Answers(path).get("m", "s", ["a", "é"], upper)
    assert Answers(path).get("m", "s", ["é", "a"], refuse) == ["É", "A"]
    whole = path.read_text("utf-8")
    path.write_text(whole[:-5], "utf-8")
    again = Answers(path)
    assert again.get("m", "s", ["a", "é"], upper) == ["A", "É"]
    assert again.asked == 1
    assert Answers(path).get("m", "s", ["a", "é"], refuse) == ["A", "É"]
