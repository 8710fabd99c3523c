"""Checkers of foundations/backprop: right answers pass, plausible wrong ones are told what is wrong."""

import math

import numpy as np

from largemodels.foundations.engine import Value, topological_order
from largemodels.foundations.tensor_engine import sum_to_shape


def by_hand(w, x, b, y):
    t = math.tanh(w * x + b)
    u = 2 * (t - y) * (1 - t * t)
    return u * x, u * w, u, -2 * (t - y)


def relu(v):
    return Value(max(v.data, 0.0), (v,), (float(v.data > 0),), "relu")


def logsumexp(values):
    x = np.array([v.data for v in values])
    e = np.exp(x - x.max())
    return Value(x.max() + np.log(e.sum()), values, e / e.sum())


def backward(root, accumulate=True, zero=True, ordered=True):
    order = list(topological_order(root))
    if zero:
        for node in order:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order) if ordered else breadth_first(root):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad = parent.grad * accumulate + node.grad * slope


def breadth_first(root):
    queue, seen = [root], {root}
    for node in queue:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return queue


def count_paths(root, leaf):
    count = {root: 1}
    for node in reversed(list(topological_order(root))):
        for parent in node.parents:
            count[parent] = count.get(parent, 0) + count[node]
    return count.get(leaf, 0)


def _nudged(i, *at, h=1e-5):
    def loss(w, x, b, y):
        return (math.tanh(w * x + b) - y) ** 2

    up, down = list(at), list(at)
    up[i] += h
    down[i] -= h
    return (loss(*up) - loss(*down)) / (2 * h)


def shifted_by(values, shift):
    e = [math.exp(v.data - shift) for v in values]
    return Value(shift + math.log(sum(e)), values, [x / sum(e) for x in e])


def softmax_pullback(y, g):
    return y * (g - (y * g).sum(axis=1, keepdims=True))


def walk_paths(root, up=1.0, fresh=True):
    """Set gradients by walking every path: right, and exponential."""
    if fresh:
        for node in topological_order(root):
            node.grad = 0.0
    root.grad += up
    for parent, slope in zip(root.parents, root.slopes, strict=True):
        walk_paths(parent, up * slope, fresh=False)


def walk_paths_by_index(root, up=1.0, fresh=True):
    if fresh:
        for node in topological_order(root):
            node.grad = 0.0
    root.grad += up
    for i in range(len(root.parents)):
        walk_paths_by_index(root.parents[i], up * root.slopes[i], fresh=False)


def best_nudge(f, slope, x, two_sided):
    hs = 10.0 ** np.arange(-15, -0.9, 0.5)
    back = hs if two_sided else 0 * hs
    return hs[np.argmin([abs((f(x + h) - f(x - b)) / (h + b) - slope) for h, b in zip(hs, back, strict=True)])]


RIGHT = {
    "by_hand": by_hand,
    "relu": relu,
    "logsumexp": logsumexp,
    "backward": backward,
    "sum_to_shape": sum_to_shape,
    "count_paths": count_paths,
    "best_nudge": best_nudge,
    "softmax_pullback": softmax_pullback,
}

WRONG = [
    ("by_hand", lambda w, x, b, y: [v * 2 for v in by_hand(w, x, b, y)], "along w"),
    ("by_hand", lambda w, x, b, y: (*by_hand(w, x, b, y)[:3], -by_hand(w, x, b, y)[3]), "along y"),
    ("by_hand", lambda w, x, b, y: by_hand(w, x, b, y)[:3], "four numbers"),
    ("by_hand", lambda w, x, b, y: None, "returns None"),
    ("relu", lambda v: max(v.data, 0.0), "must return a Value"),
    ("relu", lambda v: Value(max(v.data, 0.0)), "slope for positive v, and at the parents"),
    ("relu", lambda v: Value(max(v.data, 0.0), (v,), (1.0,)), "slope for negative v"),
    ("relu", lambda v: Value(max(v.data, 0.0), (v,), (float(v.data >= 0),)), "slope for zero v"),
    ("relu", lambda v: Value(abs(v.data), (v,), (1.0,)), "the value is"),
    ("logsumexp", lambda vs: sum((v.exp() for v in vs), start=Value(0.0)).log(), "many nodes"),
    ("logsumexp", lambda vs: Value(logsumexp(vs).data, vs, [1.0] * len(vs)), "The slopes are probabilities"),
    (
        "logsumexp",
        lambda vs: Value(math.log(sum(math.exp(v.data) for v in vs)), vs, logsumexp(vs).slopes),
        "raises OverflowError: math range error",
    ),
    ("backward", lambda root: backward(root, accumulate=False), "a is used twice"),
    ("backward", lambda root: backward(root, zero=False), "Set every grad to zero first"),
    ("backward", lambda root: backward(root, ordered=False), "received all of its grad"),
    ("backward", lambda root: root.backward(), "do without root.backward()"),
    ("backward", walk_paths, "you walk paths"),
    ("backward", walk_paths_by_index, "you walk paths"),
    ("logsumexp", lambda vs: shifted_by(vs, max((v.data for v in vs), key=abs)), "raises OverflowError"),
    ("logsumexp", lambda vs: shifted_by(vs, sum(v.data for v in vs) / len(vs)), "raises OverflowError"),
    ("count_paths", lambda root, leaf: 0 if root is leaf else count_paths(root, leaf), "to itself"),
    ("backward", lambda root: None, "no grad has been set"),
    ("relu", lambda v: Value(max(v.data, 0.0), v, float(v.data > 0)), "two sequences of the same length"),
    ("softmax_pullback", lambda y, g: (y * g).sum(axis=1), "expected an array of shape"),
    ("softmax_pullback", lambda y, g: y * g, "lowers all others"),
    ("softmax_pullback", lambda y, g: y * (g - (y * g).sum()) + 0 * (len(y) == 1) + (len(y) == 1), "lowers all others"),
    ("softmax_pullback", lambda y, g: g @ (np.diag(y[0]) - np.outer(y[0], y[0])) + (len(y) == 1), "lowers all others"),
    ("sum_to_shape", lambda g, shape: g, "expected an array of shape (4,)"),
    ("sum_to_shape", lambda g, shape: np.broadcast_to(g.sum(), shape), "Sum where it was repeated"),
    ("count_paths", lambda root, leaf: len(list(topological_order(root))), "Three ways through each"),
    ("count_paths", lambda root, leaf: float(count_paths(root, leaf)), "count with int"),
    ("count_paths", lambda root, leaf: max(1, count_paths(root, leaf)), "no path leads from"),
    ("best_nudge", lambda f, slope, x, two_sided: 1e-8, "two-sided: at your nudge 1e-08 the error is"),
    ("best_nudge", lambda f, slope, x, two_sided: best_nudge(f, slope, x, True), "one-sided: at your nudge"),
    ("best_nudge", lambda f, slope, x, two_sided: 1e-5 if two_sided else 1e-8, "is possible"),
    ("best_nudge", lambda f, slope, x, two_sided: 0.123, "is not one of"),
    ("best_nudge", lambda f, slope, x, two_sided: 0.0, "is not one of"),
    ("by_hand", lambda w, x, b, y: [_nudged(i, w, x, b, y) for i in range(4)], "A nudge is not exact enough"),
    ("logsumexp", lambda vs: shifted_by(vs, vs[0].data), "raises OverflowError"),
]
