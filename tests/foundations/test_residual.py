"""Deep stacks: what they compute, where they start, and that shortcuts let them learn."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from largemodels.foundations.residual import CHANNELS, Block, stack, start_as_he, start_as_identity

LABELS = torch.arange(50) % 10
IMAGES = torch.rand(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def first_gradient(net):
    F.cross_entropy(net(IMAGES), LABELS).backward()
    return net[0].weight.grad.norm().item()


@pytest.mark.parametrize("shortcut", [False, True])
def test_depth_counts_the_convolutions_of_the_blocks(shortcut):
    net = stack(6, shortcut)
    assert sum(isinstance(layer, nn.Conv2d) for layer in net.modules()) == 6 + 1  # and the stem
    assert net(IMAGES).shape == (50, 10)


def test_a_shortcut_adds_no_parameter_and_adds_the_input():
    plain, residual = Block(shortcut=False), Block(shortcut=True)
    residual.load_state_dict(plain.state_dict())
    x = torch.rand(2, CHANNELS, 7, 7)
    y = plain.second(F.relu(plain.first(x)))
    assert torch.equal(plain(x), F.relu(y))
    assert torch.equal(residual(x), F.relu(x + y))


def test_the_identity_start_passes_positive_maps_on_through_any_depth():
    net = stack(20, shortcut=False)
    start_as_identity(net)
    blocks = nn.Sequential(*(layer for layer in net if isinstance(layer, Block)))
    x = torch.rand(3, CHANNELS, 7, 7)
    assert torch.equal(blocks(x), x)


def test_the_start_as_he_has_the_variance_of_his_formula():
    torch.manual_seed(0)
    net = stack(40, shortcut=False)
    start_as_he(net)
    weights = torch.cat([block.first.weight.flatten() for block in net if isinstance(block, Block)])
    assert weights.std().item() == pytest.approx(math.sqrt(2 / (CHANNELS * 9)), rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_gradients_vanish_in_a_deep_plain_stack_and_not_over_shortcuts(seed):
    torch.manual_seed(seed)
    assert first_gradient(stack(32, shortcut=False)) < 1e-9
    assert first_gradient(stack(32, shortcut=True)) > 1e-3


def test_an_odd_depth_is_refused():
    with pytest.raises(ValueError, match="depth 7 is odd"):
        stack(7, shortcut=True)
