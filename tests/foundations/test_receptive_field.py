"""The recursion for receptive fields against the pixels that have a gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from largemodels.foundations.lenet import LeNet
from largemodels.foundations.receptive_field import Field, influence, receptive_fields

LAYERS = st.tuples(st.booleans(), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2))


def build(specification):
    """Build a stack whose weights are positive, so that no path cancels another."""
    layers = []
    for pool, kernel, stride, padding in specification:
        if pool:
            layers.append(nn.AvgPool2d(kernel, stride, min(padding, kernel // 2)))
        else:
            layers.append(nn.Conv2d(1, 1, kernel, stride, padding))
            nn.init.constant_(layers[-1].weight, 1.0)
    return nn.Sequential(*layers)


@settings(deadline=None, max_examples=40)
@given(st.lists(LAYERS, min_size=1, max_size=3))
def test_the_field_is_where_gradients_are(specification):
    network, side = build(specification), 100
    i = network(torch.zeros(1, 1, side, side)).shape[2] // 2  # far from the padding
    pixels = receptive_fields(network)[-1].pixels(i)
    want = torch.zeros(side, side, dtype=torch.bool)
    want[pixels.start : pixels.stop, pixels.start : pixels.stop] = True
    seen = influence(network, torch.rand(1, 1, side, side), i, i) > 0
    assert not (seen & ~want).any()
    # Where a stride is larger than a kernel, no window has the pixels between.
    gaps = any(stride > kernel for _, kernel, stride, _ in specification)
    assert gaps or torch.equal(seen, want)


@settings(deadline=None, max_examples=20)
@given(st.lists(LAYERS, min_size=1, max_size=3), st.floats(0, 1))
def test_nothing_outside_the_field_is_seen_even_at_the_edge(specification, place):
    network, side = build(specification), 40
    size = network(torch.zeros(1, 1, side, side)).shape[2]
    i = round(place * (size - 1))
    pixels = receptive_fields(network)[-1].pixels(i)
    seen = influence(network, torch.rand(1, 1, side, side), i, 0).any(dim=1).nonzero()
    assert all(int(row) in pixels for row in seen)


def test_fields_of_lenet():
    net = LeNet()
    layers = [layer for layer in net.modules() if not list(layer.children())]
    fields = dict(zip(("C1", "ReLU", "S2", "C3", "ReLU 2", "S4"), receptive_fields(layers), strict=False))
    assert fields["C1"] == fields["ReLU"] == Field(5, 1, -2)
    assert fields["S2"] == Field(6, 2, -2)
    assert fields["C3"] == Field(14, 2, -2)
    assert fields["S4"] == Field(16, 4, -2)


def test_max_pooling_sees_its_window_over_many_images():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2))
    torch.manual_seed(0)
    seen = influence(network, torch.randn(64, 1, 12, 12), 2, 3) > 0
    want = torch.zeros(12, 12, dtype=torch.bool)
    want[4:8, 6:10] = True
    assert torch.equal(seen, want)


def test_a_field_in_the_padding_starts_before_the_image():
    field = receptive_fields([nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Conv2d(1, 1, 3, padding=1)])[-1]
    assert list(field.pixels(0)) == [-2, -1, 0, 1, 2]


@pytest.mark.parametrize("depth", [1, 5, 9])
def test_stacked_threes_grow_by_two(depth):
    assert receptive_fields([nn.Conv2d(1, 1, 3)] * depth)[-1].size == 2 * depth + 1
