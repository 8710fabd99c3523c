"""Image classifiers, written side by side: VGG and ResNet, and what a network costs.

VGG: Simonyan and Zisserman (2015, https://arxiv.org/abs/1409.1556). ResNet: He, Zhang,
Ren and Sun (2016, https://arxiv.org/abs/1512.03385). Both map (batch, 3, 224, 224) to
the scores of ImageNet's classes, (batch, 1000).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def vgg16() -> nn.Sequential:
    """Build VGG-16: convolutions of 3 x 3 only, and three huge dense layers."""
    layers: list[nn.Module] = []
    channels = 3
    for out, count in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(count):
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU()]
            channels = out
        layers.append(nn.MaxPool2d(2))  # 224 pixels a side become 7 in five steps
    dense = [nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), *dense, nn.Linear(4096, 1000))


def resnet50() -> nn.Sequential:
    """Build ResNet-50: shortcuts around bottlenecks; the last layer alone is dense."""
    layers: list[nn.Module] = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, padding=1)]
    channels = 64
    for narrow, count, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for i in range(count):
            layers.append(Bottleneck(channels, narrow, stride if i == 0 else 1))
            channels = 4 * narrow
    return nn.Sequential(*layers, *classifier(2048))


class Bottleneck(nn.Module):
    """Narrow by 1 x 1, convolve by 3 x 3, widen by 1 x 1; add the input."""

    def __init__(self, channels: int, narrow: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, narrow),
            conv(narrow, narrow, 3, stride),  # the paper strides one layer earlier
            conv(narrow, 4 * narrow, act=nn.Identity),
        )
        same = stride == 1 and channels == 4 * narrow
        matched = conv(channels, 4 * narrow, 1, stride, act=nn.Identity)
        self.shortcut = nn.Identity() if same else matched

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to 4 · narrow channels."""
        return torch.relu(self.body(x) + self.shortcut(x))


def conv(
    channels: int,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    act: Callable[[], nn.Module] = nn.ReLU,
) -> nn.Sequential:
    """Convolution, batch norm, activation."""
    padding = kernel // 2
    filters = nn.Conv2d(channels, out, kernel, stride, padding, 1, groups, bias=False)
    return nn.Sequential(filters, nn.BatchNorm2d(out), act())


def classifier(channels: int) -> list[nn.Module]:
    """Average each channel over the image, then decide."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000)]


def cost(build: Callable[[], nn.Module], size: int = 224) -> tuple[int, int]:
    """Count parameters, and multiply-adds for one image, without computing any."""
    with torch.device("meta"):  # tensors with shapes and no numbers
        network, image = build().eval(), torch.empty(1, 3, size, size)
    with FlopCounterMode(display=False) as counter:
        network(image)
    parameters = sum(weight.numel() for weight in network.parameters())
    return parameters, counter.get_total_flops() // 2  # it counts both operations
