"""Attributions against axioms, closed forms, finite differences and Captum."""

import copy

import pytest
import torch
from captum import attr
from torch import nn

from largemodels.foundations.attribution import (
    forget,
    gradient,
    guided_gradient,
    integrated_gradients,
    picture,
    rank_correlation,
)
from largemodels.foundations.lenet import LeNet


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return LeNet().double().eval()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(3, 1, 28, 28, dtype=torch.double, generator=torch.Generator().manual_seed(1))


CLASSES = torch.tensor([0, 4, 9])


def test_gradient_is_the_slope_of_the_own_class(net, images):
    slopes, h = gradient(net, images, CLASSES), 1e-6
    for k in range(3):
        step = torch.zeros_like(images)
        step[k, 0, 10, 7] = h
        rise = (net(images + step) - net(images - step))[k, CLASSES[k]]
        assert slopes[k, 0, 10, 7].item() == pytest.approx(rise.item() / (2 * h), rel=1e-4, abs=1e-9)
    assert images.grad is None
    assert all(weight.grad is None for weight in net.parameters())


@pytest.mark.parametrize("baseline", [0.0, 0.5, torch.full((1, 1, 28, 28), 0.25, dtype=torch.double)])
def test_integrated_gradients_are_complete(net, images, baseline):
    total = integrated_gradients(net, images, CLASSES, baseline, steps=300).sum(dim=(1, 2, 3))
    scores = net(images) - net(baseline + torch.zeros_like(images))
    torch.testing.assert_close(total, scores.gather(1, CLASSES[:, None])[:, 0].detach(), atol=2e-4, rtol=0)


def test_integrated_gradients_of_a_product_by_hand():
    class Product(nn.Module):
        def forward(self, x):  # (n, 1, 1, 2)
            return (x[..., 0] * x[..., 1]).flatten(1)  # (n, 1)

    x = torch.tensor([[[[3.0, 5.0]]]])
    shares = integrated_gradients(Product(), x, torch.tensor([0]), steps=1)  # the middle is exact for a square
    assert shares.flatten().tolist() == [7.5, 7.5]


def test_guided_gradient_lets_only_positive_numbers_through():
    net = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    net[1].weight.data, net[3].weight.data = torch.eye(2), torch.tensor([[2.0, -3.0]])
    x = torch.ones(1, 1, 1, 2)
    assert gradient(net, x, torch.tensor([0])).flatten().tolist() == [2, -3]
    assert guided_gradient(net, x, torch.tensor([0])).flatten().tolist() == [2, 0]
    assert gradient(net, x, torch.tensor([0])).flatten().tolist() == [2, -3]  # the hooks are gone


def test_all_agree_with_captum(net, images):
    ours = integrated_gradients(net, images, CLASSES, 0.1, steps=20)
    theirs = attr.IntegratedGradients(net).attribute(images, 0.1, target=CLASSES, n_steps=20, method="riemann_middle")
    torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=0)
    slopes = attr.Saliency(net).attribute(images, target=CLASSES, abs=False)
    torch.testing.assert_close(gradient(net, images, CLASSES), slopes, atol=1e-9, rtol=0)
    guided = attr.GuidedBackprop(net).attribute(images, target=CLASSES)
    torch.testing.assert_close(guided_gradient(net, images, CLASSES), guided, atol=1e-9, rtol=0)


def test_forget_draws_each_part_anew_and_alike_for_a_seed():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 50, 3), nn.BatchNorm2d(50), nn.Flatten(), nn.Linear(50, 9))
    net(torch.rand(8, 3, 3, 3))  # moves the running statistics
    twin, before = copy.deepcopy(net), copy.deepcopy(net)
    forget(net, torch.Generator().manual_seed(5))
    forget(twin[0], torch.Generator().manual_seed(5))
    assert torch.equal(net[0].weight, twin[0].weight)
    assert torch.equal(twin[3].weight, before[3].weight)
    assert net[0].weight.std().item() == pytest.approx((2 / 27) ** 0.5, rel=0.1)
    assert torch.equal(net[1].running_var, torch.ones(50))
    assert not torch.equal(before[1].running_var, torch.ones(50))


def test_rank_correlation_sees_order_only():
    a = torch.rand(2, 6, 7, generator=torch.Generator().manual_seed(0))
    assert rank_correlation(a, a**3).tolist() == pytest.approx([1, 1])
    assert rank_correlation(a, -a).tolist() == pytest.approx([-1, -1])
    ranks = rank_correlation(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[2.0, 1.0, 3.0]]]))
    assert ranks.item() == pytest.approx(0.5)  # 1 - 6 · 2 / (3 · 8)


def test_a_picture_adds_up_the_channels():
    assert picture(torch.tensor([[[[1.0]], [[-2.0]]]])).tolist() == [[[3.0]]]
