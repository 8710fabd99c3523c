import hashlib
import itertools
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from largemodels.language import smollm2
from largemodels.language.finetuning import chat, instruct, layers, lora, memory, routing
from largemodels.language.masking import IGNORED

SHA256 = "eb248cb53daaf87170d456f28266051915ca7a8fbce0240aa835267fe884d301"


def test_no_piece_of_the_exam_is_in_the_training_set() -> None:
    table = routing.phrases()
    for part in [*table["desks"], *table["urgency"], table["numbers"], table["distractions"], table["items"]]:
        assert not set(part["known"]) & set(part["new"]) - {""}
        assert all(len(set(part[p])) == len(part[p]) for p in routing.PHRASINGS)
    sentences = [s for d in table["desks"] for s in (*d["known"], *d["new"])]
    assert len(sentences) == len(set(sentences)) == 6 * 12


@pytest.mark.parametrize("phrasing", routing.PHRASINGS)
def test_a_line_says_what_the_message_says(phrasing: routing.Phrasing) -> None:
    table = routing.phrases()
    for item in routing.draw(300, phrasing, 5):
        desk, urgency, order = item.line.split("/")
        assert desk in {d["code"] for d in table["desks"]}
        assert urgency in {"low", "normal", "high"}
        told = [s.format(order=order) for s in table["numbers"][phrasing] if s.format(order=order) in item.message]
        stems = [s.partition("{")[0] for s in table["numbers"][phrasing]]
        assert bool(told) == any(stem in item.message for stem in stems) == (order != routing.NO_ORDER)
        said = {u["level"] for u in table["urgency"] if any(s and s in item.message for s in u[phrasing])}
        assert said == {urgency} or (not said and urgency == "normal"), "where nothing is said it is normal"
        (found,) = (d for d in table["desks"] if d["code"] == desk)
        assert any(all(part in item.message for part in s.split("{item}")) for s in found[phrasing])
        assert "{" not in item.message
        assert "  " not in item.message


def test_draws_are_repeatable_and_differ_by_seed() -> None:
    assert routing.draw(5, "known", 1) == routing.draw(5, "known", 1)
    assert routing.draw(9, "known", 1)[:5] == routing.draw(5, "known", 1)
    assert routing.draw(5, "known", 1) != routing.draw(5, "known", 2)


def test_exam_and_training_share_next_to_no_message() -> None:
    training = {i.message for seed in range(4) for i in routing.draw(routing.TRAINING, "known", seed)}
    exam = {i.message for i in routing.draw(100, "known", routing.EXAM_SEED)}
    assert len(training & exam) <= 2


def test_fewer_pieces_make_fewer_phrasings() -> None:
    table = routing.phrases()
    firsts = [s.format(item=i) for d in table["desks"] for s in d["known"][:1] for i in table["items"]["known"]]
    few = [item.message.startswith(tuple(firsts)) for item in routing.draw(50, "known", 0, pieces=1)]
    usual = [item.message.startswith(tuple(firsts)) for item in routing.draw(50, "known", 0)]
    assert all(few)
    assert sum(usual) < 25


def test_every_desk_and_level_comes_up() -> None:
    lines = [i.line.split("/")[:2] for i in routing.draw(300, "new", 2)]
    desks = [d["code"] for d in routing.phrases()["desks"]]
    assert {tuple(x) for x in lines} == set(itertools.product(desks, ["low", "normal", "high"]))


def test_the_rule_book_names_every_desk_and_level() -> None:
    book = routing.rule_book()
    for desk in routing.phrases()["desks"]:
        assert f"{desk['code']}: {desk['means']}" in book
    for word in ("desk/urgency/order", "low", "normal", "high", routing.NO_ORDER):
        assert word in book


def test_a_lesson_is_the_rule_book_and_examples_that_are_no_exam() -> None:
    system, *turns = routing.lesson(shown=4, seed=3)
    assert system == {"role": "system", "content": routing.rule_book()}
    items = routing.draw(4, "known", 3)
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 4
    assert [turn["content"] for turn in turns] == [text for i in items for text in (i.message, i.line)]
    exam = {i.message for i in routing.draw(100, "known", routing.EXAM_SEED)}
    assert not exam & {turn["content"] for turn in routing.lesson()}


def test_the_shipped_adapter_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(routing.ADAPTER.read_bytes()).hexdigest() == SHA256
    assert routing.ADAPTER.stat().st_size < 2e6
    tensors = load_file(routing.ADAPTER)
    assert len(tensors) == 30 * len(routing.LAYERS) * 2
    assert all(t.dtype == torch.float16 and t.isfinite().all() for t in tensors.values())
    assert {min(t.shape) for t in tensors.values()} == {routing.RANK}
    assert all(t.any() for t in tensors.values())


def test_every_step_of_its_making_has_its_loss() -> None:
    losses = pd.read_csv(routing.LOSSES)
    assert losses["step"].tolist() == list(range(1, routing.STEPS + 1))
    assert losses["loss"].iloc[-10:].mean() < 0.05 < 3 < losses["loss"].iloc[0]
    assert routing.STEPS * 4 <= routing.TRAINING, "no message is seen twice"


@pytest.fixture(scope="module")
def adapted() -> Any:
    model = smollm2.load()[0]
    assert routing.adapt(model) is model
    return model


@pytest.mark.models
def test_the_adapter_is_in_the_model_as_it_is_in_the_file(adapted: Any) -> None:
    loaded, shipped = lora.adapter(adapted), load_file(routing.ADAPTER)
    assert loaded.keys() == shipped.keys()
    assert all(torch.equal(loaded[name], tensor.float()) for name, tensor in shipped.items())
    assert {layer.scale for layer in lora.corrections(adapted).values()} == {routing.ALPHA / routing.RANK}
    shapes = [tuple(layer.base.weight.shape) for layer in lora.corrections(adapted).values()]
    assert layers.count_learning(adapted) == memory.lora_parameters(shapes, routing.RANK)


@pytest.mark.models
def test_an_item_is_labeled_on_its_line(tokenizer: Any) -> None:
    items = routing.draw(3, "new", 0)
    for item, example in zip(items, routing.encode(tokenizer, items), strict=True):
        labeled = [label for label in example.labels if label != IGNORED]
        assert tokenizer.decode(labeled) == item.line + "<|im_end|>"


@pytest.mark.models
@torch.inference_mode()
def test_the_adapted_model_routes(adapted: Any, tokenizer: Any) -> None:
    examples = routing.encode(tokenizer, routing.draw(8, "known", routing.EXAM_SEED))
    assert chat.answer_loss(adapted, chat.collate(examples, smollm2.PAD)) < 0.05
    assert instruct.exact(adapted, examples).sum() >= 7, "where the model itself has none"
