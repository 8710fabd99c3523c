import pytest
import torch

from largemodels.language import texts

FACE = texts.Characters.of("be or not to be")


def test_characters_go_there_and_back() -> None:
    assert FACE.alphabet == " benort"
    assert len(FACE) == 7
    assert FACE.decode(FACE.encode("to be")) == "to be"


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(ValueError, match=r"\['z'\]"):
        FACE.encode("bez")


def test_answers_are_inputs_one_further_on() -> None:
    tokens = torch.arange(50)
    inputs, answers = texts.windows(tokens, 8, 5, torch.Generator().manual_seed(0))
    assert inputs.shape == answers.shape == (5, 8)
    assert torch.equal(answers, inputs + 1)
    ends = texts.windows(tokens, 49, 20, torch.Generator().manual_seed(0))
    assert ends[0].min() == 0
    assert ends[1].max() == 49


def test_windows_side_by_side_hold_each_token_once() -> None:
    inputs, answers = texts.consecutive(torch.arange(50), 7)
    assert torch.equal(inputs.flatten(), torch.arange(49))
    assert torch.equal(answers, inputs + 1)


def test_tidy_keeps_the_words() -> None:
    assert texts.tidy("\n a  \n\n\n\n\tb\t\n") == "a\n\nb\n"


@pytest.mark.models
def test_whole_plays_are_held_out() -> None:
    plays = texts.load_plays()
    train, validation = texts.load_shakespeare()
    assert len(plays) == 37
    assert len(train) + len(validation) == pytest.approx(sum(map(len, plays.values())), abs=40)
    assert "Friends, Romans, countrymen" in validation
    assert "Friends, Romans, countrymen" not in train
    assert set(validation) <= set(train)
