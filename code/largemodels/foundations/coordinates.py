"""A custom layer: tell a convolution where it is.

Liu, Lehman, Molino, Petroski Such, Frank, Sergeev and Yosinski (2018, An intriguing
failing of convolutional neural networks, https://arxiv.org/abs/1807.03247).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Coordinates(nn.Module):
    """Append two channels: the row and the column of each pixel, from -1 to 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, c, height, width) to (batch, c + 2, height, width)."""
        batch, _, height, width = x.shape
        rows = torch.linspace(-1, 1, height).to(x).reshape(1, 1, height, 1)
        columns = torch.linspace(-1, 1, width).to(x).reshape(1, 1, 1, width)
        shape = (batch, 1, height, width)
        return torch.cat([x, rows.expand(shape), columns.expand(shape)], dim=1)
