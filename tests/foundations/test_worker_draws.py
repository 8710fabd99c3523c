"""What workers draw: copies of one generator agree, the seeded ones don't."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from largemodels.foundations.worker_draws import WorkerDraws, reseed


def draws_of_two_workers(init=None):
    torch.manual_seed(0)
    loader = DataLoader(WorkerDraws(16), batch_size=8, num_workers=2, worker_init_fn=init)
    first, second = list(loader)  # each a list of three tensors, (8,)
    return zip(first, second, strict=True)


def test_only_the_generator_that_the_dataset_carries_repeats():
    assert [torch.equal(a, b) for a, b in draws_of_two_workers()] == [False, False, True]


def test_reseed_ends_the_repetition():
    assert [torch.equal(a, b) for a, b in draws_of_two_workers(reseed)] == [False, False, False]


def test_without_workers_its_own_generator_goes_on():
    draws = WorkerDraws(8)
    own = [draws[i][2] for i in range(8)]
    assert own == np.random.default_rng(0).integers(1000, size=8).tolist()


def test_reseed_is_for_workers():
    with pytest.raises(AssertionError, match="workers"):
        reseed(0)
