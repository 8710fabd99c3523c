"""Blocks of four families: bars are maps, as wide as they have channels; between them are the layers."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from torch import nn

from largemodels.core.plot import COLORS, use_book_style
from largemodels.foundations.families import Bottleneck
from largemodels.foundations.families_mobile import Inverted

Layer = tuple[str, int]  # what it does, and the channels that it gives

BLOCKS: dict[str, tuple[int, list[Layer]]] = {  # channels that come in, and the layers
    "VGG-16": (256, [("3 × 3", 256)] * 3),
    "ResNet-50": (256, [("1 × 1", 64), ("3 × 3", 64), ("1 × 1", 256)]),
    "MobileNetV2": (32, [("1 × 1", 192), ("3 × 3, separate", 192), ("1 × 1", 32)]),
    "EfficientNet-B0": (40, [("1 × 1", 240), ("5 × 5, separate", 240), ("weighed", 240), ("1 × 1", 40)]),
}
STEP, BAR = 1.0, 0.16  # from a map to the next, and a map's height
SIDE = 165  # where shortcuts run, in channels from the middle


def draw() -> Figure:
    """Draw a block of each family on one scale of channels, with its number of parameters."""
    use_book_style()
    fig, axes = plt.subplots(2, 2, figsize=(5.8, 6.4), height_ratios=[3.7, 4.7])
    for ax, (name, (channels, layers)), count in zip(axes.flat, BLOCKS.items(), counts(), strict=True):
        ax.set_title(f"{name}\n{count:,} parameters", loc="center", fontsize=11.5)
        _draw_block(ax, channels, layers, shortcut=not name.startswith("VGG"))
        row = 3 if ax in axes[0] else 4
        ax.set(xlim=(-205, 205), ylim=(row * STEP + 0.35, -0.35), xticks=[], yticks=[])
        ax.axis("off")
    return fig


def counts() -> list[int]:
    """Return the parameters of each block, batch normalization's among them."""
    with torch.device("meta"):
        vgg = nn.Sequential(*(nn.Conv2d(256, 256, 3) for _ in range(3)))
        resnet = Bottleneck(256, 64, 1)
        resnet.shortcut = nn.Identity()
        mobile = Inverted(32, 32, 6, 1, 3, squeeze=False, act=nn.ReLU6)
        efficient = Inverted(40, 40, 6, 1, 5, squeeze=True, act=nn.SiLU)
    return [sum(p.numel() for p in block.parameters()) for block in (vgg, resnet, mobile, efficient)]


def _draw_block(ax: Axes, channels: int, layers: list[Layer], shortcut: bool) -> None:
    first, y = channels, 0.0
    _draw_map(ax, y, channels)
    for name, out in layers:
        _draw_layer(ax, y, channels, out, name)
        y, channels = y + STEP, out
        _draw_map(ax, y, channels)
    if shortcut:
        _draw_shortcut(ax, first, y)


def _draw_map(ax: Axes, y: float, channels: int) -> None:
    bar = Rectangle((-channels / 2, y - BAR / 2), channels, BAR, facecolor=COLORS["activations"], edgecolor="none")
    ax.add_patch(bar)
    ax.text(channels / 2 + 8, y, str(channels), color=COLORS["activations"], va="center", fontsize=10.5)


def _draw_layer(ax: Axes, y: float, channels: int, out: int, name: str) -> None:
    """Draw what mixes channels as one area, and what keeps them apart as lines."""
    top, bottom, color = y + BAR / 2, y + STEP - BAR / 2, COLORS["parameters"]
    if "separate" in name or name == "weighed":
        lines = torch.linspace(-channels / 2 + 3, channels / 2 - 3, 17).tolist()
        ax.vlines(lines, top, bottom, color=color, linewidth=1.4, alpha=0.5)
    else:
        corners = [(-channels / 2, top), (channels / 2, top), (out / 2, bottom), (-out / 2, bottom)]
        ax.add_patch(Polygon(corners, facecolor=color, alpha=0.3, edgecolor="none"))
    ground = {"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 1.5}
    ax.text(0, (top + bottom) / 2, name, ha="center", va="center", fontsize=10.5, bbox=ground)


def _draw_shortcut(ax: Axes, channels: int, end: float) -> None:
    line = {"color": COLORS["ink"], "linewidth": 1.4}
    ax.plot([-channels / 2 - 4, -SIDE, -SIDE], [0, 0, end], **line)
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **line}
    ax.annotate("", (-channels / 2 - 4, end), (-SIDE, end), arrowprops=arrow)
    ax.text(-SIDE - 8, end / 2, "+ input", rotation=90, ha="right", va="center", fontsize=10.5)
