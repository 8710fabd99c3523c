"""One seed for every source of chance."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_everything(seed: int = 0) -> np.random.Generator:
    """Seed Python's, NumPy's and torch's random numbers, and return a NumPy generator with the same seed.

    Raises ValueError unless 0 <= seed < 2**32, which is what NumPy's older functions take.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"The seed is {seed}; choose a whole number from 0 to 4294967295.")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)  # also every accelerator's generator
    return np.random.default_rng(seed)


@contextmanager
def generators_kept() -> Iterator[None]:
    """Leave the global generators of Python, NumPy and torch as they were, whatever happens inside."""
    of_python, of_numpy, of_torch = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        torch.set_rng_state(of_torch)
