"""One seed for every source of chance."""

import random

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
