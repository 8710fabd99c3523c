"""Two-dimensional convolution: by loops, and by one product of two matrices.

As everywhere in deep learning, "convolution" means cross-correlation: the kernel is
laid on the image unflipped.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided


def conv2d_loops(
    x: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    """Lay each filter of W on each place of the image x, sum the products, add b.

    x (channels, height, width), W (filters, channels, rows, columns) and b (filters,)
    give (filters, height', width'). Raises ValueError for shapes that don't fit.
    """
    height, width = output_size(x, W, b, stride, padding)
    x = pad(x, padding)
    rows, columns = W.shape[2:]
    y = np.empty((len(W), height, width), dtype=x.dtype)
    for f in range(len(W)):
        for i in range(height):
            for j in range(width):
                top, left = i * stride, j * stride
                window = x[:, top : top + rows, left : left + columns]
                y[f, i, j] = np.sum(window * W[f]) + b[f]
    return y


def conv2d_im2col(
    x: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    """Return what `conv2d_loops` returns, by one product of two matrices."""
    height, width = output_size(x, W, b, stride, padding)
    rows, columns = W.shape[2:]
    X = im2col(pad(x, padding), rows, columns, stride)  # (c·rows·columns, h'·w')
    Y = W.reshape(len(W), -1) @ X + b[:, None]  # (filters, h'·w')
    return Y.reshape(len(W), height, width)


def im2col(x: np.ndarray, rows: int, columns: int, stride: int = 1) -> np.ndarray:
    """Write the windows of x (channels, height, width) as columns of a matrix.

    Its shape is (channels·rows·columns, height'·width').
    """
    channels, height, width = x.shape
    down = (height - rows) // stride + 1
    right = (width - columns) // stride + 1
    channel, row, pixel = x.strides  # bytes from one to the next
    windows = as_strided(  # a view: overlapping windows share their pixels
        x,
        shape=(channels, rows, columns, down, right),
        strides=(channel, row, pixel, stride * row, stride * pixel),
        writeable=False,
    )
    return windows.reshape(channels * rows * columns, down * right)  # the copy


def col2im(
    X: np.ndarray,
    shape: tuple[int, int, int],
    rows: int,
    columns: int,
    stride: int = 1,
) -> np.ndarray:
    """Add each column of X to its window of an image of zeros; windows may overlap.

    This is the transpose of `im2col` for images of that shape: it carries gradients
    from the windows back to the pixels.
    """
    x = np.zeros(shape, dtype=X.dtype)
    down = (shape[1] - rows) // stride + 1
    right = (shape[2] - columns) // stride + 1
    windows = X.reshape(shape[0], rows, columns, down, right)
    for k in range(rows):
        for m in range(columns):  # pixel (k, m) of all windows at once
            bottom, end = k + stride * down, m + stride * right
            x[:, k:bottom:stride, m:end:stride] += windows[:, k, m]
    return x


def pad(x: np.ndarray, padding: int) -> np.ndarray:
    """Surround each channel of x (channels, height, width) with rings of zeros."""
    return np.pad(x, ((0, 0), (padding, padding), (padding, padding)))


def output_size(x: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int, padding: int) -> tuple[int, int]:
    """Return the output's height and width, or raise ValueError where shapes don't fit."""
    if x.ndim != 3 or W.ndim != 4:
        raise ValueError(
            f"x has shape {x.shape} and W {W.shape}; give x (channels, height, width) and W (filters, channels, "
            "rows, columns)."
        )
    if x.shape[0] != W.shape[1]:
        raise ValueError(f"x has {x.shape[0]} channels and each filter {W.shape[1]}; make them agree.")
    if b.shape != W.shape[:1]:
        raise ValueError(f"b has shape {b.shape}; give one number for each filter, {W.shape[:1]}.")
    if stride < 1 or padding < 0:
        raise ValueError(f"The stride is {stride} and the padding {padding}; use at least 1 and at least 0.")
    room = [side + 2 * padding - kernel for side, kernel in zip(x.shape[1:], W.shape[2:], strict=True)]
    if min(room) < 0:
        raise ValueError(
            f"Filters of {W.shape[2:]} don't fit into an image of {x.shape[1:]} with padding {padding}; pad more."
        )
    return room[0] // stride + 1, room[1] // stride + 1
