"""Asking a model: a tiny random Llama shows that nothing hangs on how texts are batched."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from largemodels.language.prompting import lm as lm_module
from largemodels.language.prompting.answers import Answers
from largemodels.language.prompting.calibration import empty_bias, mean_bias
from largemodels.language.prompting.constraint import Fits
from largemodels.language.prompting.evaluation import compare, evaluate
from largemodels.language.prompting.grammar import one_of
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.margins import empty_margin, is_first, margins, ranking, right
from largemodels.language.prompting.prompt import Item, Prompt, PromptError
from largemodels.language.prompting.task import Task, exact
from largemodels.language.prompting.workbench import Workbench
from largemodels.language.prompting.writing import Decoding


class Bytes:
    """A tokenizer whose tokens are ASCII characters; 0 ends a text."""

    eos_token_id = 0
    all_special_ids = (0,)

    def __len__(self):
        return 128

    def __call__(self, text, add_special_tokens):
        assert not add_special_tokens
        return {"input_ids": [ord(char) for char in text]}

    def decode(self, ids):
        return "".join(map(chr, ids))

    def apply_chat_template(self, messages, tokenize, add_generation_prompt):
        return "".join(f"<{turn['role']}>{turn['content']}" for turn in messages) + "<assistant>"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=128,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.3,
        eos_token_id=0,
        pad_token_id=0,
        bos_token_id=1,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def lm(model):
    return LM(model, Bytes())


TEXTS = ["Say: one", "Say: a longer text than the others", "Say: x", "Say: 12"]


def by_hand(lm, text, label):
    """The label's log-probability, from one pass over all of the text and no cache."""
    start, end = lm.encode(text), lm.encode(label)
    with torch.inference_mode():
        scores = lm.model(torch.tensor([start + end])).logits[0].log_softmax(-1)
    places = range(len(start) - 1, len(start) + len(end) - 1)
    return sum(float(scores[place, token]) for place, token in zip(places, end, strict=True))


@pytest.mark.parametrize("batch", [1, 3, 20])
def test_label_scores_are_those_of_one_plain_pass(lm, monkeypatch, batch):
    monkeypatch.setattr(lm_module, "BATCH", batch)
    labels = [" yes", " no", "!"]
    expected = torch.tensor([[by_hand(lm, text, label) for label in labels] for text in TEXTS])
    torch.testing.assert_close(lm.label_scores(TEXTS, labels), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("texts", [["alone"], ["same", "same"], ["ab", "abc"], ["x", "y"]])
def test_whatever_the_texts_share(lm, texts):
    expected = torch.tensor([[by_hand(lm, text, "no")] for text in texts])
    torch.testing.assert_close(lm.label_scores(texts, ["no"]), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("batch", [1, 3, 20])
def test_greedy_answers_are_those_of_transformers(lm, monkeypatch, batch):
    monkeypatch.setattr(lm_module, "BATCH", batch)
    expected = []
    for text in TEXTS:
        ids = torch.tensor([lm.encode(text)])
        out = lm.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)
        new = out[0, ids.shape[1] :].tolist()
        expected.append(lm.tokenizer.decode(new[: new.index(0)] if 0 in new else new))
    assert lm.generate(TEXTS, 12) == expected


def test_an_answer_ends_before_the_stop(lm):
    whole = lm.generate(TEXTS, 12)
    stop = whole[0][3]
    assert lm.generate(TEXTS, 12, stop) == [answer.split(stop)[0] for answer in whole]


def test_draws_hang_on_the_text_and_the_seed_alone(lm):
    decoding = Decoding(temperature=1.0, seed=3)
    together = lm.generate(TEXTS, 8, decoding=decoding)
    assert [lm.generate([text], 8, decoding=decoding)[0] for text in TEXTS] == together
    assert lm.generate(TEXTS, 8, decoding=Decoding(temperature=1.0, seed=4)) != together


def test_only_what_fits_is_written(lm):
    words = ["positive", "negative"]
    decoding = Decoding(temperature=1.0, constraint=Fits(one_of(words), lm.tokenizer))
    assert set(lm.generate(TEXTS, 20, decoding=decoding)) <= set(words)


TASK = Task(
    "letters",
    tuple(Item({"text": char}, "no" if char in "aeiou" else "yes") for char in "abcdefghij"),
    (Item({"text": "z"}, "yes"),),
    exact,
    labels=("yes", "no"),
)
PROMPT = Prompt("Letter {text}:")


def test_a_result_says_what_is_right_and_how_sure_that_is(lm):
    result = evaluate(lm, PROMPT, TASK, answers=Answers())
    assert result.right.tolist() == [a == i.gold for a, i in zip(result.answers, TASK.items, strict=True)]
    low, high = result.interval
    assert low <= result.accuracy <= high
    assert list(result.table()) == ["text", "gold", "answer", "right"]


def test_nothing_is_asked_twice_unless_something_has_changed(lm, model):
    answers = Answers()
    evaluate(lm, PROMPT, TASK, answers=answers)
    evaluate(LM(model, Bytes()), PROMPT, TASK, answers=answers)
    assert answers.asked == 10
    evaluate(lm, PROMPT.but(words={"yes": "y"}), TASK, answers=answers)
    assert answers.asked == 20
    with torch.no_grad():
        model.lm_head.weight[0, 0] += 1
    evaluate(LM(model, Bytes()), PROMPT, TASK, answers=answers)
    assert answers.asked == 30
    with torch.no_grad():
        model.lm_head.weight[0, 0] -= 1


def test_a_bias_is_found_and_taken_away(lm):
    result = evaluate(lm, PROMPT, TASK, answers=Answers())
    even = result.less(mean_bias(result))
    assert even.scores.log_softmax(-1).mean(0).diff().abs() < 0.2
    shifted = result.less(torch.tensor([100.0, 0.0]))
    assert set(shifted.answers) == {"no"}
    torch.testing.assert_close(empty_bias(lm, PROMPT, TASK).exp().sum(), torch.tensor(1.0))


def test_margins_are_the_same_in_other_words(lm):
    result = evaluate(lm, PROMPT, TASK, answers=Answers())
    row = margins(lm, PROMPT, TASK)
    own = np.array([row[str(i)] for i in range(10)])
    assert right(own, is_first(TASK)).tolist() == result.right.tolist()
    bias = empty_bias(lm, PROMPT, TASK)
    empty = np.array([row[f"empty {i}"] for i in range(3)])
    assert empty_margin(empty) == pytest.approx(float(bias[0] - bias[1]), abs=1e-4)


def test_ranking_is_the_area_under_the_curve():
    first = np.array([True, True, False, False])
    assert ranking(np.array([2.0, 1.0, 0.0, -1.0]), first) == 1
    assert ranking(np.array([0.0, 1.0, 0.5, -1.0]), first) == 0.75
    assert ranking(np.zeros(4), first) == 0.5


def test_a_comparison_shows_changes_and_refuses_other_items(lm):
    answers = Answers()
    a = evaluate(lm, PROMPT, TASK, answers=answers)
    b = evaluate(lm, PROMPT.but(template="{text}?"), TASK, answers=answers)
    table = compare({"a": a, "b": b})
    assert table.loc["b", "change"] == pytest.approx(b.accuracy - a.accuracy)
    assert table.loc["b", "from"] <= table.loc["b", "change"] <= table.loc["b", "to"]
    with pytest.raises(ValueError, match="same items"):
        compare({"a": a, "b": evaluate(lm, PROMPT, TASK.only(range(5)), answers=answers)})


def test_written_answers_have_no_bias_to_take_away(lm):
    task = Task("write", TASK.items, (), exact, tokens=2)
    result = evaluate(lm, PROMPT, task, answers=Answers())
    with pytest.raises(PromptError, match="Only label scores have a bias"):
        result.less(torch.zeros(2))


def test_the_workbench_asks_the_test_items_at_the_end_alone(lm):
    bench = Workbench(lm, TASK, n_dev=4)
    bench.try_out("first", PROMPT)
    table = bench.try_out("second", PROMPT.but(template="{text}?"))
    assert list(table.index) == ["first", "second"]
    assert bench.answers.asked == 8
    assert list(bench.finish("second")["items"]) == [4, 6, 6]
    assert list(bench.finish("second")["items"]) == [4, 6, 6], "the same again asks nothing new"
    with pytest.raises(ValueError, match="asked with 'second', and are asked once"):
        bench.finish("first")
    with pytest.raises(ValueError, match="'third' was not tried; these were: first, second"):
        bench.finish("third")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Task("t", (), (), exact), "has no items"),
        (lambda: Task("t", TASK.items, (), exact, labels=("yes",)), "'no' is no label of the task 't'"),
        (lambda: TASK.split(10), "Draw 1 to 9 items, not 10"),
        (lambda: TASK.split(0), "Draw 1 to 9 items, not 0"),
    ],
)
def test_a_task_that_cannot_be_asked_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_split_leaves_no_item_out_and_none_twice():
    dev, test = TASK.split(4, seed=1)
    assert len(dev.items) == 4
    assert {i.fields["text"] for i in dev.items + test.items} == set("abcdefghij")
