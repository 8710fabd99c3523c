from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.language.finetuning import chat
from largemodels.language.masking import IGNORED

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="<|>"), min_size=1).filter(lambda t: t == t.strip())


def talk(system: str, *turns: str) -> list[dict[str, str]]:
    roles = ["user", "assistant"] * len(turns)
    said = [{"role": r, "content": t} for r, t in zip(roles, turns, strict=False)]
    return [{"role": "system", "content": system}, *said]


@pytest.mark.models
@settings(max_examples=60)
@given(st.lists(TEXT, min_size=2, max_size=5))
def test_the_ids_are_the_templates(tokenizer: Any, texts: list[str]) -> None:
    messages = talk(*texts)
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    ids = chat.encode(tokenizer, messages).ids
    assert ids == tokenizer(text, add_special_tokens=False)["input_ids"]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert chat.prompt(tokenizer, messages) == tokenizer(text, add_special_tokens=False)["input_ids"]


@pytest.mark.models
def test_only_what_the_assistant_says_is_labeled(tokenizer: Any) -> None:
    example = chat.encode(tokenizer, talk("Be brief.", "Hi", "Yes.", "Sure?", "No."))
    labeled = [label for label in example.labels if label != IGNORED]
    assert tokenizer.decode(labeled) == "Yes.<|im_end|>No.<|im_end|>"
    assert all(label in (IGNORED, i) for i, label in zip(example.ids, example.labels, strict=True))


@pytest.mark.models
def test_a_prompt_and_its_answer_are_the_conversation(tokenizer: Any) -> None:
    messages = talk("Be brief.", "Hi", "Yes.")
    example = chat.encode(tokenizer, messages)
    asked = chat.prompt(tokenizer, messages[:2])
    assert example.ids[: len(asked)] == asked
    assert set(example.labels[: len(asked)]) == {IGNORED}
    assert example.labels[len(asked)] == example.ids[len(asked)]


def test_padding_has_no_label_and_no_attention() -> None:
    batch = chat.collate([chat.Example([1, 5, 2], [-100, 5, 2]), chat.Example([1], [-100])], pad=2)
    assert batch.ids.tolist() == [[1, 5, 2], [1, 2, 2]]
    assert batch.labels.tolist() == [[-100, 5, 2], [-100, -100, -100]]
    assert batch.mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_the_loss_is_that_of_transformers(make_llama: Callable[..., Any]) -> None:
    model = make_llama()
    examples = [chat.Example([1, 9, 7, 5, 2], [-100, -100, 7, 5, 2]), chat.Example([1, 8, 2], [-100, 8, 2])]
    batch = chat.collate(examples, pad=2)
    theirs = model(batch.ids, attention_mask=batch.mask, labels=batch.labels)
    torch.testing.assert_close(chat.answer_loss(model, batch), theirs.loss)
    logits, labels = chat.answer_logits(model, batch)
    assert labels.tolist() == [7, 5, 2, 8, 2]
    expected = torch.cat([theirs.logits[0, 1:4], theirs.logits[1, 0:2]])  # each place before its label
    torch.testing.assert_close(logits, expected)
