"""Answers to the exercises of language/attention, right and plausibly wrong."""

import torch
from torch.nn import functional as F

from largemodels.language.attention import attend, causal_mask
from largemodels.language.heads import patterns


def window_mask(T, w):
    distance = torch.arange(T)[:, None] - torch.arange(T)
    return (distance >= 0) & (distance < w)


def block_flops(T, d):
    return 4 * d * T**2, 24 * d**2 * T


def turn_neighbors(x, base):
    T, d = x.shape[-2:]
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


def halves(x, base):
    T, d = x.shape[-2:]
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)


def stretched(x, base):
    T, d = x.shape[-2:]
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1).flatten(-2)


def heads_by_hand(x, W_q, W_k, W_v, W_o, heads, mask=True, whole=False):
    T, d = x.shape
    q, k, v = ((x @ W.T).view(T, heads, -1).transpose(0, 1) for W in (W_q, W_k, W_v))
    scores = q @ k.mT / (d if whole else d // heads) ** 0.5
    if mask:
        scores = scores.masked_fill(~causal_mask(T), float("-inf"))
    return (scores.softmax(dim=-1) @ v).transpose(0, 1).reshape(T, d) @ W_o.T


def merge(first, second):
    (m1, z1, o1), (m2, z2, o2) = first, second
    m = torch.maximum(m1, m2)
    a, b = (m1 - m).exp(), (m2 - m).exp()
    return m, a * z1 + b * z2, a * o1 + b * o2


def merge_without_shrinking(first, second):
    (m1, z1, o1), (m2, z2, o2) = first, second
    return torch.maximum(m1, m2), z1 + z2, o1 + o2


def merge_from_zero(first, second):
    (m1, z1, o1), (m2, z2, o2) = first, second
    m = torch.maximum(m1, m2)
    return m, (z1 * m1.exp() + z2 * m2.exp()) / m.exp(), (o1 * m1.exp() + o2 * m2.exp()) / m.exp()


def merge_and_divide(first, second):
    m, z, o = merge(first, second)
    return m, z, o / z


def two_looks(tokens):
    T = len(tokens)
    places, words = torch.eye(T), F.one_hot(tokens, 36).float()
    mask = causal_mask(T)
    before, first = attend(1000 * places.roll(-1, dims=1), places, words, mask)
    keys = before * (tokens >= 26)[:, None]  # numbers alone are found
    return first, attend(1000 * words, keys, words, mask)[1]


def shifted_back(tokens):
    T = len(tokens)
    first, second = two_looks(tokens)
    return torch.eye(T), second


def too_blunt(tokens):
    first, second = two_looks(tokens)
    uniform = causal_mask(len(tokens)).float()
    return first, 0.8 * second + 0.2 * uniform / uniform.sum(1, keepdim=True)


def name_itself(tokens):
    first, _ = two_looks(tokens)
    words = F.one_hot(tokens, 36).float()
    return first, attend(1000 * words, words, words, causal_mask(len(tokens)))[1]


def weight_on(model, ids, place):
    return patterns(model, ids)[..., place + 1 :, place].mean().item()


RIGHT = {
    "window_mask": window_mask,
    "block_flops": block_flops,
    "turn_neighbors": turn_neighbors,
    "heads_by_hand": heads_by_hand,
    "merge": merge,
    "two_looks": two_looks,
    "weight_on": weight_on,
}

WRONG = [
    ("window_mask", lambda T, w: causal_mask(T), "places, expected"),
    ("window_mask", lambda T, w: window_mask(T, w + 1), "places, expected"),
    ("window_mask", lambda T, w: window_mask(T, w) | window_mask(T, w).mT, "looks ahead"),
    ("window_mask", lambda T, w: window_mask(T, w).float(), "true and false"),
    ("window_mask", lambda T, w: window_mask(T + 1, w), "yours has shape"),
    ("block_flops", lambda T, d: (2 * d * T**2, 24 * d**2 * T), "and so does the blend"),
    ("block_flops", lambda T, d: (4 * d * T**2, 12 * d**2 * T), "Attention has four"),
    ("block_flops", lambda T, d: 4 * d * T**2 + 24 * d**2 * T, "return two numbers"),
    ("turn_neighbors", halves, "are pair i"),
    ("turn_neighbors", stretched, "Turning keeps lengths"),
    ("turn_neighbors", lambda x, base: turn_neighbors(F.pad(x, (0, 0, 1, 0)), base)[:, 1:], "at place 0"),
    ("turn_neighbors", lambda x, base: turn_neighbors(x, base)[..., :1, :], "keep it"),
    ("turn_neighbors", lambda x, base: turn_neighbors(x.reshape(3, -1, x.shape[-1]), base), "keep it"),
    ("heads_by_hand", lambda *args: heads_by_hand(*args, mask=False), "mask it"),
    ("heads_by_hand", lambda x, *args: F.scaled_dot_product_attention(x, x, x), "write the attention yourself"),
    ("heads_by_hand", lambda *args: heads_by_hand(*args, whole=True), "divide by the root of a head's size"),
    ("heads_by_hand", lambda x, q, k, v, o, heads: heads_by_hand(x, q, k, v, torch.eye(len(o)).double(), heads), "W_o"),
    ("heads_by_hand", lambda x, q, k, v, o, heads: heads_by_hand(x, q.T, k.T, v.T, o.T, heads), "expected"),
    ("merge", merge_without_shrinking, "shrink it"),
    ("merge", merge_from_zero, "overflows"),
    ("merge", merge_and_divide, "divided by z only in the very end"),
    ("merge", lambda first, second: merge(first, second)[2], "return three tensors"),
    ("two_looks", shifted_back, "to the one before it"),
    ("two_looks", name_itself, "the token before"),
    ("two_looks", too_blunt, "Sharpen the scores"),
    ("two_looks", lambda tokens: two_looks(tokens)[1], "return two tensors"),
    ("two_looks", lambda tokens: [2 * w for w in two_looks(tokens)], "add up to 1"),
    ("weight_on", lambda model, ids, place: patterns(model, ids)[..., place:, place].mean().item(), "look at itself"),
    ("weight_on", lambda model, ids, place: patterns(model, ids)[..., place].mean().item(), "can't see it"),
    ("weight_on", lambda model, ids, place: patterns(model, ids)[..., place + 1 :, place].mean(-1), "one number"),
]
