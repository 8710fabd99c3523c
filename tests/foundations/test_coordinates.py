"""Two channels that say where a pixel is."""

import torch

from largemodels.foundations.coordinates import Coordinates


def test_channels_are_kept_and_rows_and_columns_appended():
    x = torch.randn(2, 3, 5, 9)
    y = Coordinates()(x)
    assert y.shape == (2, 5, 5, 9)
    assert torch.equal(y[:, :3], x)
    assert torch.equal(y[1, 3, :, 4], torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]))
    assert torch.equal(y[0, 4, 2, ::2], torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]))


def test_precision_is_that_of_the_image():
    assert Coordinates()(torch.zeros(1, 1, 2, 2, dtype=torch.float64)).dtype == torch.float64


def test_gradients_pass_through():
    x = torch.zeros(1, 1, 4, 4, requires_grad=True)
    Coordinates()(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))
