"""What an output of a convolutional network can see: by arithmetic, and by gradients.

The recursion is the one of Araujo, Norris and Sim (2019,
https://doi.org/10.23915/distill.00021), run from the image on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Field:
    """Output i sees `size` pixels in a row, the first of them `start` + i · `jump`."""

    size: int = 1
    jump: int = 1
    start: int = 0  # negative: in the padding, outside the image

    def after(self, kernel: int, stride: int, padding: int) -> Field:
        """Return the field one layer further on."""
        return Field(
            size=self.size + (kernel - 1) * self.jump,
            jump=self.jump * stride,
            start=self.start - padding * self.jump,
        )

    def pixels(self, i: int) -> range:
        """Return the pixels that output i sees, those in the padding included."""
        first = self.start + i * self.jump
        return range(first, first + self.size)


def receptive_fields(layers: Iterable[nn.Module]) -> list[Field]:
    """Return the field down a column of pixels after each of the layers.

    A layer without a kernel, such as ReLU or batch norm, works pixel by pixel.
    """
    fields, field = [], Field()
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            names = ("kernel_size", "stride", "padding")
            field = field.after(*(_vertical(getattr(layer, name)) for name in names))
        fields.append(field)
    return fields


def influence(network: nn.Module, images: Tensor, row: int, column: int) -> Tensor:
    """Measure how strongly each pixel moves the outputs at one place, all channels.

    Images (batch, channels, height, width) give a mean absolute gradient for each
    pixel, (height, width).
    """
    images = images.clone().requires_grad_()
    network(images)[:, :, row, column].sum().backward()
    assert images.grad is not None
    return images.grad.abs().mean(dim=(0, 1))


def _vertical(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]
