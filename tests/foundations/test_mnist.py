import numpy as np
import pytest

from largemodels.core import store
from largemodels.foundations.mnist import load_mnist


@pytest.mark.models
def test_mnist_has_500_images_of_each_digit() -> None:
    store.path("mnist-5k")
    images, digits = load_mnist()
    assert images.shape == (5000, 28, 28)
    assert images.dtype == np.float32
    assert digits.dtype == np.int64
    assert images.min() == 0
    assert images.max() == 1
    assert np.bincount(digits).tolist() == [500] * 10


@pytest.mark.models
def test_mnist_digits_look_like_their_class() -> None:
    images, digits = load_mnist()
    means = np.stack([images[digits == digit].mean(0) for digit in range(10)])
    nearest = ((images[:, None] - means) ** 2).sum((2, 3)).argmin(1)
    assert (nearest == digits).mean() > 0.75  # the nearest class mean is right for four in five
