from collections.abc import Callable
from itertools import islice
from math import log
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from largemodels.language import smollm2
from largemodels.language.finetuning import chat, forgetting, instruct, lora, routing
from largemodels.language.finetuning.chat import Example
from largemodels.language.masking import IGNORED
from largemodels.language.texts import load_shakespeare


def test_each_row_comes_once_a_round() -> None:
    batches = list(islice(instruct.shuffled(11, 4, seed=0), 6))  # two of four a round
    assert all(len(rows) == 4 for rows in batches)
    rounds = [batches[i] + batches[i + 1] for i in (0, 2, 4)]
    assert all(len(set(rows)) == 8 and set(rows) <= set(range(11)) for rows in rounds)
    assert rounds[0] != rounds[1]
    assert batches == list(islice(instruct.shuffled(11, 4, seed=0), 6))
    assert batches != list(islice(instruct.shuffled(11, 4, seed=1), 6))


@pytest.mark.parametrize(("last", "path"), [(None, [0, -4, -7, -9]), (8, [0, -4, -7.5, -10.5])])
def test_the_rate_falls_in_a_straight_line(last: int | None, path: list[float]) -> None:
    """Where the slope is 1, a step of Adam is as long as the rate."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    still = nn.Parameter(torch.zeros(1), requires_grad=False)
    model.register_parameter("still", still)

    def loss(rows: list[int]) -> Tensor:
        return model.weight.sum() + model.still.sum()

    losses = instruct.fit(instruct.adamw(model, 4.0), loss, [[0]] * 4, last)
    assert losses == pytest.approx(path, abs=1e-4)
    assert still.item() == 0


def test_a_shorter_run_begins_as_the_longer_one(make_llama: Callable[..., Any]) -> None:
    examples = [Example([1, i, i + 1, 2], [-100, -100, i + 1, 2]) for i in range(5, 40)]

    def losses(steps: int, **options: int) -> list[float]:
        model = lora.inject(make_llama(), routing.LAYERS, 2, 4.0, seed=0)
        return instruct.train(model, examples, steps, 1e-2, 0, **options)

    whole = losses(20)
    assert losses(5, last=20) == whole[:5]
    assert losses(5) != whole[:5]
    assert whole[-1] < whole[0]


@pytest.mark.models
def test_exact_tells_what_generating_would(tokenizer: Any, make_llama: Callable[..., Any]) -> None:
    model = make_llama(vocab_size=49152, hidden_size=16, num_hidden_layers=2)
    talks = [routing.conversation(item) for item in routing.draw(6, "known", 0)]
    examples = [chat.encode(tokenizer, talk) for talk in talks]
    instruct.train(model, examples[:3], 80, 2e-2, 0, batch=3)
    told = instruct.exact(model, examples, batch=4)
    said = instruct.answer(model, tokenizer, [talk[:2] for talk in talks], 20, batch=4)
    assert told.tolist() == [a == t[-1]["content"] + "<|im_end|>" for a, t in zip(said, talks, strict=True)]
    assert told[:3].any()
    assert not told.all()


def test_one_wrong_token_makes_an_answer_wrong(llama: Any) -> None:
    with torch.no_grad():
        ids = torch.tensor([[1, 9, 7]])
        for _ in range(3):  # what the model itself would say
            ids = torch.cat([ids, llama(ids).logits[:, -1:].argmax(-1)], dim=1)
    right = Example(ids[0].tolist(), [IGNORED] * 3 + ids[0, 3:].tolist())
    examples = [right]
    for place in (3, 4, 5):
        wrong = list(right.ids)
        wrong[place] = (wrong[place] + 1) % 50
        examples.append(Example(wrong, [IGNORED] * 3 + wrong[3:]))
    assert instruct.exact(llama, examples, batch=3).tolist() == [True, False, False, False]
    hits = instruct.foretold(llama, [*examples, Example([1, 5], [IGNORED] * 2)], batch=3)
    assert hits[0].tolist() == [True] * 3
    assert [len(h) for h in hits] == [3, 3, 3, 3, 0]
    for place, h in enumerate(hits[1:4]):
        assert h[: place + 1].tolist() == [True] * place + [False]


@pytest.mark.models
def test_an_answer_does_not_depend_on_its_neighbors(tokenizer: Any, make_llama: Callable[..., Any]) -> None:
    model = make_llama(vocab_size=49152, initializer_range=0.3)
    texts = ("Hi", "Is the lamp in stock?", "I was charged twice and would like to have my money back")
    talks = [[{"role": "user", "content": text}] for text in texts]
    alone = instruct.answer(model, tokenizer, talks, 6, batch=1)
    assert len(set(alone)) == 3
    assert instruct.answer(model, tokenizer, talks, 6, batch=3) == alone


@pytest.mark.models
def test_an_answer_stops_at_its_end_or_is_cut_off(tokenizer: Any, monkeypatch: pytest.MonkeyPatch, llama: Any) -> None:
    ids = tokenizer("high/none<|im_end|>")["input_ids"]

    def generate(asked: Tensor, max_new_tokens: int, **_: Any) -> Tensor:
        row = (ids + [smollm2.PAD] * 20 if len(asked) == 2 else ids)[:max_new_tokens]
        return torch.cat([asked, torch.tensor([row] * len(asked))], dim=1)

    monkeypatch.setattr(llama, "generate", generate)
    talks = [[{"role": "user", "content": text}] for text in ("a", "a longer text", "b")]
    assert instruct.answer(llama, tokenizer, talks, 20, batch=2) == ["high/none<|im_end|>"] * 3
    assert instruct.answer(llama, tokenizer, talks, 2, batch=2) == [tokenizer.decode(ids[:2])] * 3


def test_a_line_of_the_task_is_known_when_it_is_seen() -> None:
    lines = ["money/high/none<|im_end|>", "damage/low/4821", "The capital is Paris.", "and/or", "A/b/c", " a/b/c", ""]
    assert forgetting.routed(lines) == 2
    assert forgetting.routed([]) == 0
    assert forgetting.routed([item.line for item in routing.draw(50, "new", 0)]) == 50


@pytest.mark.models
def test_bits_per_byte_are_the_loss_of_transformers(tokenizer: Any, make_llama: Callable[..., Any]) -> None:
    model = make_llama(vocab_size=49152, hidden_size=4, num_hidden_layers=1, initializer_range=0.3)
    text = load_shakespeare()[1][: forgetting.BYTES]
    assert len(text.encode()) == forgetting.BYTES
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        nats = model(ids, labels=ids).loss.item() * (ids.shape[1] - 1)
    assert forgetting.bits_per_byte(model, tokenizer) == pytest.approx(nats / log(2) / forgetting.BYTES, rel=1e-5)


@pytest.mark.models
def test_sixty_capitals_are_asked_for_after_four_examples(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Example] = []

    def foretold(model: Any, examples: list[Example]) -> list[Tensor]:
        asked.extend(examples)
        hits = [torch.ones(sum(label != IGNORED for label in e.labels), dtype=torch.bool) for e in examples]
        for h in hits[:20]:
            h[-1] = False  # named, but the line does not end
        for h in hits[20:50]:
            h[0] = False
        return hits

    monkeypatch.setattr(instruct, "foretold", foretold)
    assert forgetting.capitals(None, tokenizer) == (30, 10)
    assert len(asked) == 60
    texts = [tokenizer.decode(example.ids) for example in asked]
    assert len(set(texts)) == 60
    for text, example in zip(texts, asked, strict=True):
        *shown, last = text.splitlines()
        assert len(shown) == forgetting.SHOWN
        assert last.partition(" -> ")[0] not in {line.partition(" -> ")[0] for line in shown}
        labeled = [label for label in example.labels if label != IGNORED]
        assert tokenizer.decode(labeled) == f" {last.partition(' -> ')[2]}\n"
        assert example.ids == tokenizer(text)["input_ids"], "cut between two tokens"


@pytest.mark.models
@pytest.mark.slow
def test_what_the_model_can_do_before(tokenizer: Any) -> None:
    model = smollm2.load()[0]
    assert forgetting.bits_per_byte(model, tokenizer) == pytest.approx(1.492, abs=0.02)
    assert forgetting.capitals(model, tokenizer) == pytest.approx((27, 27), abs=2)
    conversations = [[{"role": "user", "content": text}] for text in forgetting.QUESTIONS[:2]]
    answers = instruct.answer(model, tokenizer, conversations, 8)
    assert "Paris" in answers[0]
    assert forgetting.routed(answers) == 0
