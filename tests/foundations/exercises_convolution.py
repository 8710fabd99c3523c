"""Answers to the exercises of foundations/convolution, right and plausibly wrong."""

import math

import numpy as np
import torch
from torch import nn

from largemodels.foundations.convolution import col2im, im2col


def output_side(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def conv1d(x, W, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding)))
    k = W.shape[2]
    starts = range(0, x.shape[1] - k + 1, stride)
    return np.array([[(x[:, i : i + k] * w).sum() + c for i in starts] for w, c in zip(W, b, strict=True)])


def conv1d_turned(x, W, b, stride, padding):
    return conv1d(x, W[:, :, ::-1], b, stride, padding)


def conv1d_bias_each_time(x, W, b, stride, padding):
    return conv1d(x, W, b * W.shape[2], stride, padding)


def gradients(x, W, G):
    k = W.shape[2]
    X, g = im2col(x, k, k), G.reshape(len(G), -1)
    return (g @ X.T).reshape(W.shape), col2im(W.reshape(len(W), -1).T @ g, x.shape, k, k)


def gradients_overwriting(x, W, G):
    dW, dx = gradients(x, W, G)
    return dW, np.minimum(dx, 0.0) + np.maximum(dx, 0.0) * (W.shape[2] == 1)


def field(layers):
    size = jump = 1
    for kernel, stride, _ in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size, jump


def field_stride_first(layers):
    size = jump = 1
    for kernel, stride, _ in layers:
        jump *= stride
        size += (kernel - 1) * jump
    return size, jump


class Separable(nn.Sequential):
    def __init__(self, inside, outside):
        first = nn.Conv2d(inside, inside, 3, padding=1, groups=inside, bias=False)
        super().__init__(first, nn.Conv2d(inside, outside, 1))


class Bent(Separable):
    def forward(self, x):
        return self[1](self[0](x).relu())


class NotSeparable(nn.Sequential):
    def __init__(self, inside, outside):
        super().__init__(nn.Conv2d(inside, inside, 3, padding=1, bias=False), nn.Conv2d(inside, outside, 1))


class Shrinking(nn.Sequential):
    def __init__(self, inside, outside):
        first = nn.Conv2d(inside, inside, 3, groups=inside, bias=False)
        super().__init__(first, nn.Conv2d(inside, outside, 1))


def shuffle_pixels(X, seed):
    order = torch.randperm(X[0].numel(), generator=torch.Generator().manual_seed(seed))
    return X.flatten(1)[:, order].reshape(X.shape)


def shuffle_each(X, seed):
    generator = torch.Generator().manual_seed(seed)
    rows = [x[torch.randperm(len(x), generator=generator)] for x in X.flatten(1)]
    return torch.stack(rows).reshape(X.shape)


def shuffle_lossy(X, seed):
    order = torch.randint(X[0].numel(), (X[0].numel(),), generator=torch.Generator().manual_seed(seed))
    return X.flatten(1)[:, order].reshape(X.shape)


@torch.no_grad()
def moved_gap(layer, x, pixels):
    after = layer(x).roll(pixels, -1)
    return ((layer(x.roll(pixels, -1)) - after).norm() / after.norm()).item()


@torch.no_grad()
def moved_gap_forgotten(layer, x, pixels):
    return ((layer(x.roll(pixels, -1)) - layer(x)).norm() / layer(x).norm()).item()


@torch.no_grad()
def moved_gap_absolute(layer, x, pixels):
    return (layer(x.roll(pixels, -1)) - layer(x).roll(pixels, -1)).norm().item()


SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]

RIGHT = {
    "output_side": output_side,
    "edges": SOBEL,
    "conv1d": conv1d,
    "gradients": gradients,
    "field": field,
    "depthwise": Separable,
    "shuffle_pixels": shuffle_pixels,
    "moved_gap": moved_gap,
}

STARTERS = {"edges": [[..., ..., ...], [..., ..., ...], [..., ..., ...]]}

WRONG = [
    ("output_side", lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1, "round down"),
    ("output_side", lambda n, k, s, p: (n + p - k) // s + 1, "on both ends"),
    ("output_side", lambda n, k, s, p: float(output_side(n, k, s, p)), "whole number"),
    ("edges", (-np.array(SOBEL)).tolist(), "answer with positive numbers"),
    ("edges", np.array(SOBEL).T.tolist(), "answer with positive numbers"),
    ("edges", [[-1, 0, 1], [0, 0, 0], [1, 0, -1]], "answer with positive numbers"),
    ("edges", [[-1, -1, 1], [-1, 0, 1], [-1, 1, 1]], "side to side"),
    ("edges", [[-1, 0, 2], [-2, 0, 2], [-1, 0, 1]], "add up to 0"),
    ("edges", [[-1, 2, -1]] * 3, "nowhere with negative ones"),
    ("edges", [[-1, 1]], "make it (3, 3)"),
    ("conv1d", conv1d_turned, "do not turn the filter around"),
    ("conv1d", conv1d_bias_each_time, "add b once"),
    ("conv1d", lambda x, W, b, stride, padding: conv1d(x, W, b, 1, padding), "expected an array of shape"),
    ("gradients", lambda x, W, G: gradients(x, W, G)[0], "return two arrays"),
    ("gradients", lambda x, W, G: (2 * gradients(x, W, G)[0], gradients(x, W, G)[1]), "along W"),
    ("gradients", lambda x, W, G: gradients(x, W, G)[::-1], "swapped"),
    ("gradients", gradients_overwriting, "where windows overlap"),
    ("field", field_stride_first, "Each layer adds"),
    ("field", lambda layers: field(layers)[0], "return two numbers"),
    (
        "field",
        lambda layers: (1 + sum(k - 1 for k, _, _ in layers), math.prod(s for _, s, _ in layers)),
        "the jump so far",
    ),
    ("depthwise", NotSeparable, "9 weights for each channel"),
    ("depthwise", Bent, "nothing between the two"),
    ("depthwise", Shrinking, "the output has shape"),
    ("shuffle_pixels", shuffle_each, "different orders"),
    ("shuffle_pixels", shuffle_lossy, "lost or gained"),
    ("shuffle_pixels", lambda X, seed: shuffle_pixels(X, 0), "another seed"),
    ("shuffle_pixels", lambda X, seed: X.flip(-1), "are neighbors still"),
    ("shuffle_pixels", lambda X, seed: X, "are neighbors still"),
    ("moved_gap", lambda *args: torch.tensor(moved_gap(*args)), "use item()"),
    ("moved_gap", moved_gap_forgotten, "divide the norm"),
    ("moved_gap", moved_gap_absolute, "divide the norm"),
]
