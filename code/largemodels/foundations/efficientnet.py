"""EfficientNet-Lite0: a small image classifier with weights trained on ImageNet.

The network of Tan and Le (2019, https://arxiv.org/abs/1905.11946) in the form that Google made for phones: no
squeeze-and-excitation, which phones run badly, and ReLU6 in the place of swish, so that it quantizes well.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from largemodels.core import store

SIZE = 224  # side of the square that the network was trained on, in pixels
# expansion, channels, blocks, stride of the first block, kernel
STAGES = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
]


class EfficientNetLite0(nn.Module):
    """Images (batch, 3, height, width), prepared by `preprocess`, to logits (batch, classes)."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = conv(3, 32, kernel=3, stride=2)
        blocks, channels = [], 32
        for expansion, out, count, stride, kernel in STAGES:
            for i in range(count):
                blocks.append(Block(channels, out, expansion, stride if i == 0 else 1, kernel))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.head = conv(channels, 1280)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280, classes)

    def features(self, images: Tensor) -> Tensor:
        """Return what the network sees, before any class: (batch, 1280)."""
        x = self.stem(images)  # (batch, 32, height / 2, width / 2)
        x = self.blocks(x)  # (batch, 320, height / 32, width / 32)
        x = self.head(x)  # (batch, 1280, height / 32, width / 32)
        return x.mean(dim=(2, 3))  # (batch, 1280)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits: (batch, classes)."""
        return self.classifier(self.dropout(self.features(images)))


class Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel by itself, narrow; add the input where shapes allow."""

    def __init__(self, channels: int, out: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expand = conv(channels, wide) if expansion > 1 else nn.Identity()
        self.filter = conv(wide, wide, kernel, stride, groups=wide)
        self.project = conv(wide, out, activation=False)
        self.residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, out, height / stride, width / stride)."""
        y = self.project(self.filter(self.expand(x)))
        return x + y if self.residual else y


class SamePadding(nn.Conv2d):
    """Convolution padded as TensorFlow pads: an odd pixel of padding is at the bottom and right."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, out, height / stride, width / stride)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        height, width = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[2:])
        x = nn.functional.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return super().forward(x)


def conv(
    channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, activation: bool = True
) -> nn.Sequential:
    """Convolution, batch norm and, unless told otherwise, ReLU6."""
    layers: list[nn.Module] = [
        SamePadding(channels, out, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3, momentum=0.01),
    ]
    return nn.Sequential(*layers, nn.ReLU6()) if activation else nn.Sequential(*layers)


def load() -> EfficientNetLite0:
    """Load the network with its ImageNet weights, ready to classify.

    Raises StoreError where the weights can't be had.
    """
    from safetensors.torch import load_model

    model = EfficientNetLite0()
    load_model(model, store.derived("efficientnet-lite0", "safetensors-1", _convert) / "model.safetensors")
    return model.eval()


def class_names() -> list[str]:
    """Return a short English name for each of the 1,000 outputs, in their order."""
    names: list[str] = json.loads((store.path("imagenet-classes") / "names.json").read_text(encoding="utf-8"))
    return names


def preprocess(image: Image.Image | np.ndarray, size: int = SIZE) -> Tensor:
    """Turn a photograph, a PIL image or (height, width, 3) bytes, into an input: (3, size, size), -1 to 1.

    The middle square is cut out, a little inside the edges, as in the network's training.
    """
    image = (image if isinstance(image, Image.Image) else Image.fromarray(image)).convert("RGB")
    side = min(image.size) * size / (size + 32)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    square = image.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    pixels = torch.from_numpy(np.array(square))  # (size, size, 3)
    return (pixels.permute(2, 0, 1).float() - 127) / 128


# The package's names of the layers, and ours.
_NAMES = [
    (r"^_conv_stem", "stem.0"),
    (r"^_bn0", "stem.1"),
    (r"^_conv_head", "head.0"),
    (r"^_bn1", "head.1"),
    (r"^_fc", "classifier"),
    (r"^_blocks\.(\d+)\._expand_conv", r"blocks.\1.expand.0"),
    (r"^_blocks\.(\d+)\._bn0", r"blocks.\1.expand.1"),
    (r"^_blocks\.(\d+)\._depthwise_conv", r"blocks.\1.filter.0"),
    (r"^_blocks\.(\d+)\._bn1", r"blocks.\1.filter.1"),
    (r"^_blocks\.(\d+)\._project_conv", r"blocks.\1.project.0"),
    (r"^_blocks\.(\d+)\._bn2", r"blocks.\1.project.1"),
]


def _convert(source: Path, target: Path) -> None:
    """Save the package's weights under our names as safetensors."""
    from safetensors.torch import save_file

    weights: dict[str, Tensor] = torch.load(source / "efficientnet-lite0.pth", weights_only=True)
    renamed = {_rename(name): weight.contiguous() for name, weight in weights.items()}
    EfficientNetLite0().load_state_dict(renamed)  # strict: each name and shape has its place
    save_file(renamed, target / "model.safetensors")


def _rename(name: str) -> str:
    for pattern, ours in _NAMES:
        name = re.sub(pattern, ours, name)
    return name
