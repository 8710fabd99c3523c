"""Deep stacks of small convolutions, with shortcuts and without, and where they start.

Shortcuts: He, Zhang, Ren and Sun (2016, https://arxiv.org/abs/1512.03385).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = 8


class Block(nn.Module):
    """Two convolutions; with a shortcut, their result is added to what came in."""

    def __init__(self, shortcut: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.second = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, CHANNELS, height, width) to the same shape."""
        y = self.second(F.relu(self.first(x)))
        return F.relu(x + y if self.shortcut else y)


def stack(depth: int, shortcut: bool) -> nn.Sequential:
    """Build a classifier of digits from `depth` convolutions, two in each block.

    It maps (batch, 1, 28, 28) to (batch, 10). Raises ValueError for an odd depth.
    """
    if depth % 2:
        raise ValueError(f"The depth {depth} is odd; a block has two convolutions.")
    return nn.Sequential(
        nn.Conv2d(1, CHANNELS, 4, stride=4),  # (batch, 8, 7, 7)
        nn.ReLU(),
        *(Block(shortcut) for _ in range(depth // 2)),  # (batch, 8, 7, 7)
        nn.Flatten(),  # (batch, 392)
        nn.Linear(CHANNELS * 7 * 7, 10),  # (batch, 10)
    )


def start_as_he(net: nn.Module) -> None:
    """Draw each filter so that ReLU layers pass on as much variance as they get.

    He, Zhang, Ren and Sun (2015, https://arxiv.org/abs/1502.01852).
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")


def start_as_identity(net: nn.Module) -> None:
    """Let each block begin by passing on what it gets, without a shortcut."""
    for block in net.modules():
        if isinstance(block, Block):
            nn.init.dirac_(block.first.weight)  # 1 in the middle of its channel, else 0
            nn.init.dirac_(block.second.weight)
