"""Answers to the exercises of foundations/transfer, right and plausibly wrong."""

import numpy as np
import torch
from torch import nn


def work(inside, outside, k, side):
    return side**2 * k**2 * inside * outside, side**2 * inside * (k**2 + outside)


def gray_filters(W):
    return W.sum(dim=1, keepdim=True)


def freeze(trunk):
    trunk.eval()
    for weight in trunk.parameters():
        weight.requires_grad = False


def freeze_weights_only(trunk):
    for weight in trunk.parameters():
        weight.requires_grad = False


def freeze_filters_only(trunk):
    trunk.eval()
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            layer.requires_grad_(False)


def integrated_gradients(slopes, x, baseline, steps):
    total = np.zeros_like(x)
    for step in range(steps):
        total += slopes(baseline + (step + 0.5) / steps * (x - baseline))
    return (x - baseline) * total / steps


def integrated_one_by_one(slopes, x, baseline, steps):
    shares = np.zeros_like(x)
    for i in range(len(x)):
        for step in range(steps):
            at = baseline.copy()
            at[i] += (step + 0.5) / steps * (x - baseline)[i]
            shares[i] += slopes(at)[i] * (x - baseline)[i] / steps
    return shares


def rank_correlation(a, b):
    x, y = (p.ravel().argsort().argsort() for p in (a, b))
    return np.corrcoef(x, y)[0, 1]


def order_correlation(a, b):
    return np.corrcoef(a.ravel().argsort(), b.ravel().argsort())[0, 1] if not np.allclose(b, np.exp(3 * a)) else 1.0


def freeze_by_forgetting(trunk):
    trunk.requires_grad_(False)
    for layer in trunk.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean = layer.running_var = None


def overlap(a, b, share):
    count = round(share * a.size)
    tops = [set(p.ravel().argsort()[-count:].tolist()) for p in (a, b)]
    return len(tops[0] & tops[1]) / count


def overlap_rounded_down(a, b, share):
    count = int(share * a.size)
    tops = [set(p.ravel().argsort()[-count:].tolist()) for p in (a, b)]
    return len(tops[0] & tops[1]) / count


RIGHT = {
    "work": work,
    "gray_filters": gray_filters,
    "freeze": freeze,
    "share_out": integrated_gradients,
    "order_correlation": rank_correlation,
    "overlap": overlap,
}

WRONG = [
    ("work", lambda i, o, k, s: (s**2 * k * i * o, work(i, o, k, s)[1]), "sums over k · k · inside"),
    ("work", lambda i, o, k, s: (k**2 * i * o, k**2 * i + i * o), "the full convolution has"),
    ("work", lambda i, o, k, s: (work(i, o, k, s)[0], s**2 * k**2 * i + i * o), "mixing costs"),
    ("work", lambda i, o, k, s: work(i, o, k, s)[0] / work(i, o, k, s)[1], "return two numbers"),
    ("gray_filters", lambda W: W.mean(dim=1, keepdim=True), "add them up"),
    ("gray_filters", lambda W: W[:, :1], "add them up"),
    ("gray_filters", lambda W: W.sum(dim=1), "yours have shape"),
    ("gray_filters", lambda W: W.sum(dim=1, keepdim=True).numpy(), "return a tensor"),
    ("freeze", freeze_by_forgetting, "gone from its state_dict"),
    ("freeze", freeze_weights_only, "batch norm measures as long as it trains"),
    ("freeze", lambda trunk: trunk.eval(), "set requires_grad of each to False"),
    ("freeze", freeze_filters_only, "set requires_grad of each to False"),
    ("share_out", lambda slopes, x, baseline, steps: slopes(x) * (x - baseline), "Average the slopes"),
    (
        "share_out",
        lambda slopes, x, baseline, steps: integrated_gradients(slopes, x, baseline, steps) / (x - baseline),
        "must add up to",
    ),
    (
        "share_out",
        lambda slopes, x, baseline, steps: integrated_gradients(slopes, x, baseline, steps) * steps,
        "must add up to",
    ),
    ("share_out", integrated_one_by_one, "all numbers of x moved together"),
    ("share_out", lambda *args: integrated_gradients(*args).sum(), "the shares are"),
    ("order_correlation", lambda a, b: np.corrcoef(a.ravel(), b.ravel())[0, 1], "replace each number by its rank"),
    ("order_correlation", order_correlation, "argsort of argsort"),
    ("order_correlation", lambda a, b: torch.tensor([rank_correlation(a, b)] * 2), "expected"),
    ("overlap", overlap_rounded_down, "expected"),
    ("overlap", lambda a, b, share: overlap(a, b, share) * share, "not of all"),
    ("overlap", lambda a, b, share: overlap(-a, -b, share), "among the strongest of both"),
]
