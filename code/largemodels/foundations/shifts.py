"""Images moved within their frame."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def shift(images: Tensor, down: int, right: int) -> Tensor:
    """Move images (..., height, width) by whole pixels; minus is up and left.

    What comes into the frame is 0, what leaves it is lost.
    """
    height, width = images.shape[-2:]
    top, left = max(-down, 0), max(-right, 0)
    wide = F.pad(images, (max(right, 0), left, max(down, 0), top))
    return wide[..., top : top + height, left : left + width]
