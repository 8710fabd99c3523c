import pytest
import torch
from torch import Generator

from largemodels.language.masking import IGNORED, hide

TOKENS = torch.randint(50, (400, 200), generator=Generator().manual_seed(0))
INPUTS, ANSWERS = hide(TOKENS, 50, Generator().manual_seed(1))
CHOSEN = ANSWERS != IGNORED


def test_of_the_tokens_15_percent_are_asked_for() -> None:
    assert CHOSEN.float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert torch.equal(ANSWERS[CHOSEN], TOKENS[CHOSEN])


def test_the_others_stay_as_they_are() -> None:
    assert torch.equal(INPUTS[~CHOSEN], TOKENS[~CHOSEN])


def test_of_those_80_10_10() -> None:
    hidden = (INPUTS == 50)[CHOSEN].float().mean().item()
    same = (INPUTS == TOKENS)[CHOSEN].float().mean().item()
    assert hidden == pytest.approx(0.8, abs=0.01)
    assert same == pytest.approx(0.1 + 0.1 / 50, abs=0.01)
