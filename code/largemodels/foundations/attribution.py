"""Which pixels made the network say so? Three maps, and a test that one of them fails.

Gradient: Simonyan, Vedaldi and Zisserman (2014, https://arxiv.org/abs/1312.6034).
Guided: Springenberg and others (2015, https://arxiv.org/abs/1412.6806).
Integrated: Sundararajan, Taly and Yan (2017, https://arxiv.org/abs/1703.01365).
The test: Adebayo and others (2018, https://arxiv.org/abs/1810.03292).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Slopes = tuple[Tensor | None, ...] | Tensor  # as a hook on the way back gets them


def gradient(network: nn.Module, images: Tensor, classes: Tensor) -> Tensor:
    """Return how fast the score of each image's class grows with each of its numbers.

    Images (n, channels, height, width), classes (n,); the shape is that of the images.
    """
    images = images.detach().clone().requires_grad_()
    scores = network(images).gather(1, classes[:, None])  # (n, 1)
    (slopes,) = torch.autograd.grad(scores.sum(), images)
    return slopes


def integrated_gradients(
    network: nn.Module,
    images: Tensor,
    classes: Tensor,
    baseline: Tensor | float = 0.0,
    steps: int = 50,
) -> Tensor:
    """Share out score(images) - score(baseline) among the numbers of the images.

    The gradient is averaged over the straight way from the baseline, which is a number
    or broadcasts to the images: at the middles of `steps` equal parts.
    """
    way = images - baseline  # (n, channels, height, width)
    total = torch.zeros_like(images)
    for step in range(steps):
        at = baseline + (step + 0.5) / steps * way
        total += gradient(network, at, classes)
    return way * total / steps


def guided_gradient(network: nn.Module, images: Tensor, classes: Tensor) -> Tensor:
    """Return the gradient, with what is negative at a ReLU set to 0 on its way back."""
    with _positive_only(network):
        return gradient(network, images, classes)


@contextmanager
def _positive_only(network: nn.Module) -> Iterator[None]:
    rectifiers = [m for m in network.modules() if isinstance(m, nn.ReLU | nn.ReLU6)]
    hooks = [m.register_full_backward_hook(_clip) for m in rectifiers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _clip(_: nn.Module, slopes: Slopes, __: Slopes) -> Slopes:
    return tuple(None if s is None else s.clamp(min=0) for s in slopes)


def forget(layer: nn.Module, generator: torch.Generator) -> None:
    """Replace what a layer, and each layer in it, has learned by numbers drawn anew.

    Filters start as He's; batch norm starts as doing nothing.
    """
    for part in layer.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            fan_in = part.weight[0].numel()
            part.weight.data.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
            if part.bias is not None:
                part.bias.data.zero_()
        elif isinstance(part, nn.BatchNorm2d):
            part.reset_parameters()  # and its running mean and variance


def picture(maps: Tensor) -> Tensor:
    """Turn maps (n, channels, height, width) into strengths, (n, height, width)."""
    return maps.abs().sum(dim=1)


def rank_correlation(a: Tensor, b: Tensor) -> Tensor:
    """Return Spearman's correlation of each pair of pictures, (n, height, width): (n,).

    Equal numbers get different ranks, in their order: rare among gradients.
    """
    x, y = (p.flatten(1).argsort(dim=1).argsort(dim=1).double() for p in (a, b))
    x, y = x - x.mean(dim=1, keepdim=True), y - y.mean(dim=1, keepdim=True)
    return (x * y).sum(dim=1) / (x.norm(dim=1) * y.norm(dim=1))
