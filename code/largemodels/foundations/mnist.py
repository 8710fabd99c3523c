"""Handwritten digits: 5,000 images of MNIST, from the store."""

from __future__ import annotations

import gzip

import numpy as np
from numpy.typing import NDArray

from largemodels.core import store


def load_mnist() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load the images, (5000, 28, 28) with 0 for paper and 1 for ink, and their digits, (5000,).

    They come sorted by digit, 500 of each: shuffle before splitting.
    Raises StoreError where they can't be had.
    """
    with gzip.open(store.path("mnist-5k") / "mnist_5k.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)  # (5000, 784 pixels and the digit)
    images = table[:, :-1].reshape(-1, 28, 28) / np.float32(255)
    return images, table[:, -1].astype(np.int64)
