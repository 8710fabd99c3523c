from typing import Any

import pytest

from largemodels.language import smollm2
from largemodels.language.finetuning import chat, mistakes, routing, spoiled
from largemodels.language.finetuning.chat import Example, Message
from largemodels.language.masking import IGNORED

END = smollm2.EOS


@pytest.fixture(scope="module")
def talks() -> list[list[Message]]:
    return [routing.conversation(item) for item in routing.draw(6, "known", 0)]


@pytest.fixture(scope="module")
def examples(tokenizer: Any, talks: list[list[Message]]) -> list[Example]:
    return [chat.encode(tokenizer, talk) for talk in talks]


@pytest.mark.models
def test_sound_data_pass(tokenizer: Any, examples: list[Example]) -> None:
    assert mistakes.audit(chat.collate(examples, smollm2.PAD), tokenizer) == []
    assert mistakes.audit(chat.collate(examples[:1], smollm2.PAD), tokenizer) == []


@pytest.mark.models
def test_each_mistake_has_its_sentence(tokenizer: Any, talks: list[list[Message]], examples: list[Example]) -> None:
    def together(some: list[Example]) -> chat.Batch:
        return chat.collate(some, smollm2.PAD)

    batch = together(examples)
    found = {
        mistakes.OTHERS: together([mistakes.prompt_labeled(e) for e in examples]),
        mistakes.END: together([mistakes.end_forgotten(e, END) for e in examples]),
        mistakes.SYSTEMS: together([mistakes.templated_by_turns(tokenizer, t) for t in talks]),
        mistakes.PADDING: mistakes.padding_labeled(batch),
        mistakes.MOVED: mistakes.shifted_twice(batch),
    }
    for sentence, bad in found.items():
        assert mistakes.audit(bad, tokenizer) == [sentence]
    assert mistakes.audit(mistakes.masked_by_id(batch, smollm2.PAD), tokenizer) == [mistakes.END]


@pytest.mark.models
def test_one_spoiled_example_among_sound_ones_is_found(tokenizer: Any, examples: list[Example]) -> None:
    for spoil, sentence in (
        (mistakes.prompt_labeled, mistakes.OTHERS),
        (lambda e: mistakes.end_forgotten(e, END), mistakes.END),
    ):
        batch = chat.collate([*examples[:-1], spoil(examples[-1])], smollm2.PAD)
        assert mistakes.audit(batch, tokenizer) == [sentence]


@pytest.mark.models
def test_two_mistakes_have_two_sentences(tokenizer: Any, examples: list[Example]) -> None:
    batch = chat.collate([mistakes.end_forgotten(e, END) for e in examples], smollm2.PAD)
    assert mistakes.audit(mistakes.padding_labeled(batch), tokenizer) == [mistakes.PADDING, mistakes.END]


@pytest.mark.models
def test_two_answers_in_one_talk_are_no_mistake(tokenizer: Any) -> None:
    talk = [{"role": r, "content": r} for r in ("system", "user", "assistant", "user", "assistant")]
    example = chat.encode(tokenizer, talk)
    assert mistakes.audit(chat.collate([example], smollm2.PAD), tokenizer) == []
    last = len(example.labels) - 1 - example.labels[::-1].index(END)
    labels = [IGNORED if i == last else label for i, label in enumerate(example.labels)]
    assert mistakes.audit(chat.collate([Example(example.ids, labels)], smollm2.PAD), tokenizer) == [mistakes.END]


def test_mistakes_leave_the_ids_alone() -> None:
    sound = Example([1, 9, 2, 1, 7, 2], [IGNORED] * 4 + [7, 2])
    assert mistakes.prompt_labeled(sound) == Example(sound.ids, sound.ids)
    assert mistakes.end_forgotten(sound, 2) == Example(sound.ids, [IGNORED] * 4 + [7, IGNORED])
    batch = chat.collate([sound, Example([1, 7, 2], [IGNORED, 7, 2])], 2)
    shifted = mistakes.shifted_twice(batch)
    assert shifted.labels.tolist() == [[IGNORED] * 3 + [7, 2, IGNORED], [7, 2] + [IGNORED] * 4]
    assert mistakes.padding_labeled(batch).labels.tolist() == [sound.labels, [IGNORED, 7, 2, 2, 2, 2]]
    assert mistakes.masked_by_id(batch, 2).labels.tolist() == [
        [IGNORED] * 4 + [7, IGNORED],
        [IGNORED, 7] + [IGNORED] * 4,
    ]
    assert sound.labels == [IGNORED] * 4 + [7, 2]
    assert batch.labels[1].tolist() == [IGNORED, 7, 2, IGNORED, IGNORED, IGNORED]


def test_the_experiment_spoils_as_it_says() -> None:
    sound = Example([1, 9, 2, 1, 7, 2], [IGNORED] * 4 + [7, 2])
    labels = {kind: spoiled.spoil([sound], kind)[0].labels for kind in spoiled.LABELS}
    assert labels == {
        "sound": sound.labels,
        "end forgotten": [IGNORED] * 4 + [7, IGNORED],
        "prompt labeled": sound.ids,
    }
