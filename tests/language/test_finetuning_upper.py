import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from largemodels.language.finetuning import chat, instruct, upper

AT = 3
EXAMPLES = [
    chat.Example([1, 9, 7, 5, 2], [-100, -100, 7, 5, 2]),
    chat.Example([1, 8, 2], [-100, 8, 2]),
    chat.Example([1, 30, 12, 2], [-100, -100, 12, 2]),
]


@pytest.fixture(params=[False, True], ids=["own head", "shared head"])
def model(request: pytest.FixtureRequest, make_llama: Callable[..., Any]) -> Any:
    return make_llama(num_hidden_layers=5, initializer_range=0.3, pad_token_id=0, tie_word_embeddings=request.param)


def split(model: Any) -> tuple[Any, Any]:
    """Return the halves, of which only the upper layers learn: a shared head belongs to both."""
    lower, top = upper.split(model, AT)
    top.requires_grad_(False)
    top.model.layers.requires_grad_(True)
    return lower, top


def test_the_two_halves_are_the_model(model: Any) -> None:
    batch = chat.collate(EXAMPLES, 2)
    expected, labels = chat.answer_logits(model, batch)
    lower, top = upper.split(model, AT)
    assert [len(m.model.layers) for m in (model, lower, top)] == [5, AT, 5 - AT]
    hidden = upper.read(lower, EXAMPLES)
    assert [h.shape for h in hidden] == [(len(e.ids), 32) for e in EXAMPLES]
    logits, same = upper.logits(top, hidden, batch)
    assert torch.equal(labels, same)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


def test_the_halves_joined_are_the_model(model: Any) -> None:
    whole = upper.join(*upper.split(model, AT))
    ids = torch.tensor([[1, 9, 7, 5, 30, 31], [1, 8, 4, 40, 3, 11]])
    mask = torch.tensor([[1] * 6, [0, 0, 1, 1, 1, 1]])
    with torch.inference_mode():
        found, expected = (m(ids, attention_mask=mask).logits for m in (whole, model))
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    said, expected = (
        m.generate(ids, attention_mask=mask, max_new_tokens=5, min_new_tokens=5, do_sample=False)
        for m in (whole, model)
    )
    assert said.shape == (2, 11)
    assert torch.equal(said, expected)


def test_what_the_upper_half_learns_is_in_the_joined_model(model: Any) -> None:
    lower, top = split(model)
    whole = upper.join(lower, top)
    batch = chat.collate(EXAMPLES, 2)
    hidden = upper.read(lower, EXAMPLES)
    before = chat.answer_loss(whole, batch).item()
    upper.train(top, hidden, EXAMPLES, 20, 1e-2, 0, batch=2)
    assert chat.answer_loss(whole, batch) < before - 0.5
    assert len(top.model.layers) == 5 - AT, "joining leaves the halves as they are"
    assert len(lower.model.layers) == AT


def test_a_joined_model_reads_as_the_lower_half_and_answers_as_the_upper(model: Any) -> None:
    """Also where all of the upper half learned, with a head that was its embeddings."""
    lower, top = upper.split(model, AT)
    assert all(p.requires_grad for p in top.parameters())
    hidden, batch = upper.read(lower, EXAMPLES), chat.collate(EXAMPLES, 2)
    upper.train(top, hidden[:1], EXAMPLES[:1], 40, 1e-2, 0, batch=1)
    whole = upper.join(lower, top)
    assert whole.model.embed_tokens is lower.model.embed_tokens
    assert whole.lm_head is top.lm_head
    assert (top.lm_head.weight - model.lm_head.weight).abs().max() > 0.01, "the head learned"
    assert torch.equal(lower.model.embed_tokens.weight, model.model.embed_tokens.weight)
    found, expected = chat.answer_logits(whole, batch)[0], upper.logits(top, hidden, batch)[0]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    marks = upper.exact(top, hidden, EXAMPLES)
    assert torch.equal(instruct.exact(whole, EXAMPLES), marks)
    assert marks[0]
    assert not marks.all()


def test_training_the_upper_half_is_training_the_model_with_the_lower_frozen(model: Any) -> None:
    lower, top = split(model)
    frozen = copy.deepcopy(model).requires_grad_(False)
    frozen.model.layers[AT:].requires_grad_(True)
    losses = upper.train(top, upper.read(lower, EXAMPLES), EXAMPLES, 8, 1e-2, 0, batch=2)
    expected = instruct.train(frozen, EXAMPLES, 8, 1e-2, 0, batch=2)
    assert losses == pytest.approx(expected, abs=1e-4)
    assert losses[-1] < losses[0]


def test_the_upper_half_is_right_where_the_model_is(model: Any) -> None:
    lower, top = split(model)
    upper.train(top, upper.read(lower, EXAMPLES[:1]), EXAMPLES[:1], 60, 1e-2, 0, batch=1)
    found = upper.exact(top, upper.read(lower, EXAMPLES), EXAMPLES)
    assert torch.equal(found, instruct.exact(upper.join(lower, top), EXAMPLES))
    assert found[0]
    assert not found.all()
