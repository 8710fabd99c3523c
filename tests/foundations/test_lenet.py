"""LeNet's shapes, its size, and that it learns digits."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from largemodels.foundations.lenet import LeNet, SlidingLeNet
from largemodels.foundations.mnist import load_mnist


def test_each_layer_has_the_shape_that_its_comment_says():
    x, shapes = torch.zeros(2, 1, 28, 28), {}
    for name, layer in LeNet().named_children():
        x = layer(x)
        shapes[name] = tuple(x.shape[1:])
    assert list(shapes.values()) == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]


def test_parameters_are_counted_by_hand():
    convolutions = 6 * (25 + 1) + 16 * (6 * 25 + 1)
    dense = 120 * (400 + 1) + 84 * (120 + 1) + 10 * (84 + 1)
    assert sum(p.numel() for p in LeNet().parameters()) == convolutions + dense == 61_706


def test_sliding_adds_no_parameter():
    assert sum(p.numel() for p in SlidingLeNet().parameters()) == 61_706


def test_sliding_answers_alike_wherever_a_digit_is_by_steps_of_four():
    torch.manual_seed(0)
    net, digit = SlidingLeNet(), torch.rand(1, 1, 20, 20)
    wide = torch.zeros(2, 1, 92, 96)  # so wide that no place sees digit and edge
    wide[0, :, 32:52, 32:52] = wide[1, :, 36:56, 40:60] = digit
    here, there = net(wide)
    assert torch.allclose(here, there, atol=1e-6)
    wide[1] = wide[0].roll(1, 2)
    here, there = net(wide)
    assert (here - there).abs().max() > 1e-4


@pytest.mark.models
def test_it_reads_digits_after_seconds_of_training():
    images, digits = load_mnist()
    order = np.random.default_rng(0).permutation(5000)
    X, y = torch.from_numpy(images[order])[:, None], torch.from_numpy(digits[order])
    torch.manual_seed(0)
    net = LeNet()
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=240)
    for _ in range(3):
        for batch in torch.randperm(4000).split(50):
            optimizer.zero_grad()
            F.cross_entropy(net(X[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        assert (net(X[4000:]).argmax(dim=1) == y[4000:]).float().mean() > 0.94
