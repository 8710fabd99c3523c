"""A trained network put to new work: its features as they are, or trained on a little.

How far features carry, layer by layer: Yosinski, Clune, Bengio and Lipson (2014,
https://arxiv.org/abs/1411.1792).
"""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn

from largemodels.foundations.efficientnet import STAGES, EfficientNetLite0

ENDS = list(accumulate(stage[2] for stage in STAGES))  # blocks up to each stage


@torch.no_grad()
def stage_features(network: EfficientNetLite0, images: Tensor) -> list[Tensor]:
    """Return what the network sees after the stem, each of its 7 stages, and the head.

    Each tensor is (n, channels): a channel's mean over the image.
    """
    network.eval()
    parts = [_features(network, some) for some in images.split(64)]
    return [torch.cat(stage) for stage in zip(*parts, strict=True)]


def _features(network: EfficientNetLite0, images: Tensor) -> list[Tensor]:
    x = network.stem(images)
    features = [x.mean(dim=(2, 3))]
    for number, block in enumerate(network.blocks, start=1):
        x = block(x)
        if number in ENDS:
            features.append(x.mean(dim=(2, 3)))
    return [*features, network.head(x).mean(dim=(2, 3))]


class Reused(nn.Module):
    """The network up to the end of a stage, 1 to 7, and a new classifier on top.

    While it trains, batch norm goes on using the means and variances that it has
    learned from a million photographs, unless `keep_statistics` is False.
    """

    def __init__(
        self,
        network: EfficientNetLite0,
        classes: int,
        stage: int = 5,
        keep_statistics: bool = True,
    ) -> None:
        if not 1 <= stage <= len(STAGES):
            raise ValueError(f"There is no stage {stage}; choose one from 1 to 7.")
        super().__init__()
        blocks = list(network.blocks)[: ENDS[stage - 1]]
        self.trunk = nn.Sequential(network.stem, *blocks)
        self.classifier = nn.Linear(STAGES[stage - 1][1], classes)
        self.keep_statistics = keep_statistics

    def forward(self, images: Tensor) -> Tensor:
        """Map images (batch, 3, height, width) to scores (batch, classes)."""
        return self.classifier(self.trunk(images).mean(dim=(2, 3)))

    def train(self, mode: bool = True) -> Reused:
        """Switch to training or back; batch norm stays as it is used, if so asked."""
        super().train(mode)
        if self.keep_statistics:
            for layer in self.trunk.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        return self

    def rates(self, trunk: float, classifier: float) -> list[dict[str, object]]:
        """Return an optimizer's parameter groups: a learning rate for each part."""
        return [
            {"params": list(self.trunk.parameters()), "lr": trunk},
            {"params": list(self.classifier.parameters()), "lr": classifier},
        ]
