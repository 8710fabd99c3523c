"""Random numbers in the workers of a DataLoader: which repeat, and which don't."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info


class WorkerDraws(Dataset[tuple[int, int, int]]):
    """Items that are random numbers below 1,000, from NumPy's global generator, PyTorch's, and one of its own."""

    def __init__(self, n: int, seed: int = 0) -> None:
        self.n = n
        self.rng = np.random.default_rng(seed)  # every worker gets a copy, in the same state

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> tuple[int, int, int]:
        of_torch = int(torch.randint(1000, ()))
        return np.random.randint(1000), of_torch, int(self.rng.integers(1000))


def reseed(_worker: int) -> None:
    """Give this worker's copy of `WorkerDraws` a seed of its own: for `worker_init_fn`."""
    info = get_worker_info()
    assert info is not None and isinstance(info.dataset, WorkerDraws), "for workers that load WorkerDraws"
    info.dataset.rng = np.random.default_rng(info.seed)
