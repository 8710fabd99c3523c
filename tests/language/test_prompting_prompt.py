"""What a prompt turns into, and what it says of itself when it can't be asked."""

import pytest

from largemodels.language.prompting.prompt import Item, Prompt, PromptError, fill

GOOD = Item({"text": "A gem."}, "positive")


def chat(messages):
    return "|".join(f"{turn['role']}: {turn['content']}" for turn in messages)


def test_plain_text_ends_where_the_answer_begins():
    prompt = Prompt("Review: {text}\nSentiment:", (GOOD,), head="Judge.")
    assert prompt.text({"text": "Dull."}) == (
        "Judge.\n\nReview: A gem.\nSentiment: positive\n\nReview: Dull.\nSentiment:"
    )


def test_examples_become_turns_in_chat():
    prompt = Prompt("{text}?", (GOOD,), words={"positive": "Yes"}, chat=True, system="Be brief.")
    asked = prompt.render({"text": "Dull."}, chat)
    assert asked == "system: Be brief.|user: A gem.?|assistant: Yes|user: Dull.?"


def test_a_space_comes_before_the_answer_in_plain_text_alone():
    assert Prompt("{text}:").word("no") == " no"
    assert Prompt("{text}:\n").word("no") == "no"
    assert Prompt("{text}", chat=True).word("no") == "no"


def test_only_names_in_braces_are_fields():
    assert fill('{text} as {"name": "..."} and {}', {"text": "x"}) == 'x as {"name": "..."} and {}'
    assert fill("{a}{b}", {"a": "{b}", "b": "1"}) == "{b}1", "what is filled in is not filled again"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Prompt("Sentiment:"), "The template has no field: write {text}"),
        (lambda: Prompt("{text}", system="x"), "A system message needs chat=True"),
        (lambda: Prompt("{text}", head="x", chat=True), "`head` is for plain text"),
        (lambda: Prompt("{review}", (GOOD,)), "asks for {review}; the item has only {text}"),
        (lambda: Prompt("{text}").but(example=1), "parts are template, examples, .*; not example"),
    ],
)
def test_a_prompt_that_cannot_be_asked_is_refused_in_a_sentence(make, sentence):
    with pytest.raises(PromptError, match=sentence):
        make()


def test_but_changes_a_copy():
    base = Prompt("{text}:")
    assert base.but(examples=(GOOD,)).examples == (GOOD,)
    assert base.examples == ()
