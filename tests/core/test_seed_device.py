import random

import numpy as np
import pytest
import torch

from largemodels.core.device import best_device
from largemodels.core.seed import generators_kept, seed_everything


def draw(generator):
    return random.random(), np.random.random(), torch.rand(1).item(), generator.random()


def test_one_seed_repeats_every_source():
    first = draw(seed_everything(7))
    assert draw(seed_everything(7)) == first
    assert all(a != b for a, b in zip(draw(seed_everything(8)), first, strict=True))


def test_what_is_drawn_inside_changes_nothing_outside():
    seed_everything(7)
    want = random.random(), np.random.random(), torch.rand(1).item()
    seed_everything(7)
    with pytest.raises(ZeroDivisionError), generators_kept():
        seed_everything(3)
        random.random(), np.random.random(3), torch.rand(5)
        raise ZeroDivisionError
    assert (random.random(), np.random.random(), torch.rand(1).item()) == want


def test_the_default_seed_is_zero():
    assert draw(seed_everything()) == draw(seed_everything(0))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="choose a whole number from 0 to 4294967295"):
        seed_everything(seed)


@pytest.mark.parametrize("kind", ["cuda", "mps", "xpu"])
def test_an_accelerator_that_is_ready_is_best(monkeypatch, kind):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device(kind))
    assert best_device() == torch.device(kind)


def test_without_an_accelerator_the_cpu_is_best(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    assert best_device() == torch.device("cpu")
