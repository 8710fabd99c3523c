"""Image classifiers for small machines: MobileNetV2 and EfficientNet-B0.

MobileNetV2: Sandler and others (2018, https://arxiv.org/abs/1801.04381). EfficientNet:
Tan and Le (2019, https://arxiv.org/abs/1905.11946), with squeeze-and-excitation, Hu,
Shen and Sun (2018, https://arxiv.org/abs/1709.01507). (batch, 3, 224, 224) to 1,000.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from largemodels.foundations import efficientnet
from largemodels.foundations.families import classifier, conv

Stage = tuple[int, int, int, int, int]  # expansion, channels, blocks, stride, kernel


def mobilenet_v2() -> nn.Sequential:
    """Build MobileNetV2: wide inside a block, where each channel has its own filter."""
    stages = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 32, 3, 2, 3),
        (6, 64, 4, 2, 3),
        (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3),
        (6, 320, 1, 1, 3),
    ]
    return inverted(stages, squeeze=False, act=nn.ReLU6)


def efficientnet_b0() -> nn.Sequential:
    """Build EfficientNet-B0: found by search, with channels that weigh each other."""
    return inverted(efficientnet.STAGES, squeeze=True, act=nn.SiLU)


def inverted(
    stages: list[Stage],
    squeeze: bool,
    act: Callable[[], nn.Module],
) -> nn.Sequential:
    """Stack inverted bottlenecks, then 1,280 channels and the classifier."""
    layers: list[nn.Module] = [conv(3, 32, 3, 2, act=act)]
    channels = 32
    for expansion, out, count, stride, kernel in stages:
        for i in range(count):
            s = stride if i == 0 else 1
            block = Inverted(channels, out, expansion, s, kernel, squeeze, act)
            layers.append(block)
            channels = out
    return nn.Sequential(*layers, conv(channels, 1280, act=act), *classifier(1280))


class Inverted(nn.Module):
    """Widen by 1 x 1, filter each channel by itself, narrow; add where shapes allow."""

    def __init__(
        self,
        channels: int,
        out: int,
        expansion: int,
        stride: int,
        kernel: int,
        squeeze: bool,
        act: Callable[[], nn.Module],
    ) -> None:
        super().__init__()
        wide = channels * expansion
        widen = conv(channels, wide, act=act) if expansion > 1 else nn.Identity()
        filters = conv(wide, wide, kernel, stride, groups=wide, act=act)
        weigh = Squeeze(wide, channels // 4) if squeeze else nn.Identity()
        narrow = conv(wide, out, act=nn.Identity)
        self.body = nn.Sequential(widen, filters, weigh, narrow)
        self.residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to `out` channels, strided."""
        return x + self.body(x) if self.residual else self.body(x)


class Squeeze(nn.Sequential):
    """Squeeze-and-excitation: weigh channels by all means."""

    def __init__(self, channels: int, narrow: int) -> None:
        down, up = nn.Conv2d(channels, narrow, 1), nn.Conv2d(narrow, channels, 1)
        super().__init__(nn.AdaptiveAvgPool2d(1), down, nn.SiLU(), up, nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same shape."""
        return x * super().forward(x)
