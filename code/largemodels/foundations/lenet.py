"""LeNet for MNIST: convolve and shrink, twice, then decide; and its sliding twin.

LeNet-5 of LeCun, Bottou, Bengio and Haffner (1998, https://doi.org/10.1109/5.726791),
with their layers' names and sizes, in today's parts: ReLU for a scaled tanh,
max-pooling for trained averages, each map of C3 joined to all maps of S2, linear scores
for distances to prototypes, and images of 28 pixels, padded, for 32.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


class LeNet(nn.Sequential):
    """Images (batch, 1, 28, 28) to the scores of ten classes, (batch, 10)."""

    def __init__(self) -> None:
        layers = OrderedDict(
            C1=nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU()),  # (6, 28, 28)
            S2=nn.MaxPool2d(2),  # (6, 14, 14)
            C3=nn.Sequential(nn.Conv2d(6, 16, 5), nn.ReLU()),  # (16, 10, 10)
            S4=nn.MaxPool2d(2),  # (16, 5, 5)
            flatten=nn.Flatten(),  # (400,)
            C5=nn.Sequential(nn.Linear(400, 120), nn.ReLU()),  # (120,)
            F6=nn.Sequential(nn.Linear(120, 84), nn.ReLU()),  # (84,)
            scores=nn.Linear(84, 10),  # (10,)
        )
        super().__init__(layers)


class SlidingLeNet(nn.Sequential):
    """LeNet with C5 laid on every place of S4, also past its edge; the best counts.

    It has LeNet's parameters, one for one, and takes images of any size, (batch, 1,
    height, width).
    """

    def __init__(self) -> None:
        layers = OrderedDict(
            C1=nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU()),  # (6, 28, 28)
            S2=nn.MaxPool2d(2),  # (6, 14, 14)
            C3=nn.Sequential(nn.Conv2d(6, 16, 5, padding=2), nn.ReLU()),  # (16, 14, 14)
            S4=nn.MaxPool2d(2),  # (16, 7, 7)
            C5=nn.Sequential(nn.Conv2d(16, 120, 5, padding=4), nn.ReLU()),  # 11 × 11
            best=nn.AdaptiveMaxPool2d(1),  # (120, 1, 1)
            flatten=nn.Flatten(),  # (120,)
            F6=nn.Sequential(nn.Linear(120, 84), nn.ReLU()),  # (84,)
            scores=nn.Linear(84, 10),  # (10,)
        )
        super().__init__(layers)
