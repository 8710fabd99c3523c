"""The chapter's tasks and experiments: what they are made of, and that records are complete."""

import itertools
import json
import re

import numpy as np
import pytest

from largemodels.language.prompting import formats, injection, made, reasoning, shots, tasks, wordings
from largemodels.language.prompting.margins import EMPTY
from largemodels.language.prompting.prompt import Item
from largemodels.language.prompting.task import Task, exact, same_json

TASK = Task(
    "toy",
    (Item({"text": "x"}, "positive"),),
    tuple(Item({"text": str(i)}, ("positive", "negative")[i % 2]) for i in range(40)),
    exact,
    labels=("positive", "negative"),
)


@pytest.mark.models
def test_sentences_are_balanced_and_none_is_both_item_and_example():
    task = tasks.sentiment()
    for items in (task.items, task.examples):
        assert sum(item.gold == "positive" for item in items) == len(items) / 2
    texts = [item.fields["text"] for item in task.items + task.examples]
    assert len(set(texts)) == len(texts) == 140


@pytest.mark.parametrize("task", [tasks.capitals(), tasks.antonyms(), tasks.orders(), tasks.picks("steps")])
def test_items_can_be_checked_and_examples_are_not_among_them(task):
    assert 40 <= len(task.items) <= 100
    assert all(task.metric(item.gold, item.gold) for item in task.items) or task.metric is made.says
    asked = {tuple(item.fields.values()) for item in task.items}
    assert not asked & {tuple(item.fields.values()) for item in task.examples}


@pytest.mark.parametrize("name", ["sums", "stories", "picks"])
def test_worked_answers_end_in_the_gold(name):
    pairs = [("hot", "cold"), ("up", "down"), ("big", "small")]
    make = {"picks": lambda n, style: made.picks(n, pairs, style)}.get(name, getattr(made, name))
    for style in made.STYLES:
        items, worked = make(50, style)
        assert all(made.says(b.gold, a.gold) for a, b in zip(items, worked, strict=True))
        assert [a.fields for a in items] == [b.fields for b in worked]
    with pytest.raises(ValueError, match="no style 'x'"):
        make(1, "x")


def test_the_steps_are_right():
    for item in made.sums(50, "steps")[1]:
        for a, b, c in re.findall(r"(\d+) \+ (\d+) = (\d+)", item.gold):
            assert int(a) + int(b) == int(c)
    for item in made.stories(50, "steps")[1]:
        numbers = list(map(int, re.findall(r"\d+", item.gold)))
        boxes, each, total, again, lost, left, also, more, end, answer = numbers
        assert (boxes * each, total - lost, left + more, answer) == (total, left, end, end)
        assert (again, also) == (total, left)


def test_json_is_found_in_what_is_around_it():
    gold = '{"name": "Ben", "item": "mugs", "quantity": 3, "city": "Oslo"}'
    assert same_json(f"Sure:\n```json\n{json.dumps(json.loads(gold), indent=2)}\n```", gold)
    assert not same_json(gold.replace("3", '"3"'), gold)
    assert not same_json("{", gold)
    assert formats.fields_right(gold.replace("Oslo", "Lima"), gold) == 3
    assert formats.fields_right("no", gold) == 0


def test_there_are_forty_wordings_each_its_own():
    found = wordings.load_wordings()
    assert len(found) == 40
    chat = str
    assert len({prompt.render({"text": "x"}, chat) + prompt.word("positive") for _, prompt in found}) == 40


def test_the_best_of_many_is_worse_elsewhere():
    draw = np.random.default_rng(0)

    def toss():
        return draw.random((40, 100)) < 0.5  # prompts that know nothing

    found = np.array([wordings.choose_best(toss(), 40, 20, draw) for _ in range(500)])
    assert found[:, 0].mean() > 0.68
    assert found[:, 1].mean() == pytest.approx(0.5, abs=0.03)
    one = np.array([wordings.choose_best(toss(), 1, 20, draw) for _ in range(500)])
    assert one[:, 0].mean() == pytest.approx(one[:, 1].mean(), abs=0.03)
    with pytest.raises(ValueError, match="1 to 40 prompts on 1 to 99 items"):
        wordings.choose_best(toss(), 41, 20, draw)


def test_examples_are_balanced_and_drawn_alike_for_a_seed():
    for k in (2, 4, 8, 16):
        examples = shots.draw_examples(TASK, k, 1)
        assert sorted(shots.pattern(examples)) == ["n"] * (k // 2) + ["p"] * (k // 2)
        assert examples == shots.draw_examples(TASK, k, 1)
        assert len(set(map(id, examples))) == k
    assert shots.pattern(()) == "-"


def test_orders_hold_the_same_examples_in_24_orders():
    orders = [[item.fields["text"] for item in prompt.examples] for _, prompt in shots.by_order(TASK, 1)]
    assert len(set(map(tuple, orders))) == 24
    assert len(set(map(frozenset, orders))) == 1


def test_labels_are_turned_as_asked():
    eight = shots.draw_examples(TASK, 8, 1)
    assert shots.relabeled(eight, TASK, "right", 0) == eight
    wrong = shots.relabeled(eight, TASK, "wrong", 0)
    assert not any(a.gold == b.gold for a, b in zip(eight, wrong, strict=True))


def test_layers_clean_what_they_say():
    review = "Dull. Long."
    assert injection.escape(injection.attacked(review, "fake turn", "flip")).count("<|") == 0
    for attack in ("order", "note", "fake turn"):
        assert "BANANA" not in injection.sift(injection.attacked(review, attack, "hijack"))
        assert "Dull." in injection.sift(injection.attacked(review, attack, "hijack"))
    assert "BANANA" in injection.sift(injection.attacked(review, "unseen", "hijack"))
    assert injection.sift("A fine film. It moves!") == "A fine film. It moves!"


def test_verdicts_and_success():
    assert injection.verdict("It is Positive.") == "positive"
    assert injection.verdict("positive or negative") == injection.verdict("BANANA") == "neither"
    assert injection.succeeded("Positive", "flip") and not injection.succeeded("BANANA", "flip")
    assert injection.succeeded("banana!", "hijack") and not injection.succeeded("Positive", "hijack")


def test_a_vote_takes_the_most_frequent_answer_and_no_silence():
    assert reasoning.vote(["a", "b", "b"]) == "b"
    assert reasoning.vote(["", "", "a"]) == "a"
    assert reasoning.vote(["b", "a"]) == "b"
    assert reasoning.vote(["", ""]) == ""


def test_records_are_complete():
    found = wordings.recorded()
    assert found["wording"].tolist() == list(range(40))
    assert found["family"].tolist() == [family for family, _ in wordings.load_wordings()]
    assert list(found)[2:] == [str(i) for i in range(100)] + EMPTY
    found = shots.recorded()
    seeds = sorted(set(found["seed"]))
    orders = found[found["what"] == "order"]
    assert set(zip(orders["seed"], orders["way"], strict=True)) == {
        (seed, "".join(order)) for seed in seeds for order in itertools.permutations("0123")
    }
    for what, ways in (("number", 6), ("label", 2)):
        assert (found[found["what"] == what].groupby("seed")["way"].nunique() == ways).all()
    found = injection.recorded()
    assert set(found["layer"]) == set(injection.LAYERS)
    assert found.groupby("layer").size().nunique() == 1
    found = reasoning.recorded()
    for name, ways in reasoning.WAYS.items():
        assert set(found[(found["task"] == name) & (found["seed"] == 0)]["way"]) == set(ways)
    assert found[found["seed"] > 0].groupby("task")["seed"].nunique().to_dict() == {"picks": reasoning.SAMPLES}
    found = formats.recorded()
    assert found.groupby(["prompt", "decoding"]).size().nunique() == 1
