"""Checkers of the exercises of foundations/backprop."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_close, perform
from largemodels.foundations import tensor_engine
from largemodels.foundations.engine import Value, topological_order
from largemodels.foundations.expressions import random_expression


def by_hand(answer: Any, rng: np.random.Generator) -> str:
    """Judge four slopes of a neuron's squared error against a two-sided nudge."""
    for _ in range(20):
        at = rng.uniform(-1.5, 1.5, 4)
        want = [_nudged(_neuron_loss, at, i) for i in range(4)]
        got = np.asarray(call(answer, *map(float, at)), dtype=float)
        expect(got.shape == (4,), f"return four numbers, the slopes along w, x, b and y; yours have shape {got.shape}.")
        for name, g, t in zip("wxby", got, want, strict=True):
            where = f"at w, x, b, y = {np.round(at, 2)}, along {name},"
            expect_close(g, t, 1e-6, where=where, hint="Which edges lead from it to L?")
    return "all four slopes agree with nudging."


def relu(answer: Any, rng: np.random.Generator) -> str:
    """Judge a ReLU node: its value, its slope, and a gradient that passes through it."""
    for x in (*rng.normal(0, 2, 10), 0.0):
        v = Value(x)
        node = _as_value(call(answer, v), "relu(v)")
        expect_close(node.data, max(x, 0.0), where=f"for v = {x:.3g},", what="the value is")
        (node * 3.0 + v).backward()
        side = "negative" if x < 0 else "positive" if x > 0 else "zero"
        hint = f"Look at the slope for {side} v, and at the parents."
        expect_close(v.grad, 1.0 + 3.0 * (x > 0), where=f"for v = {x:.3g},", what="3·relu(v) + v has slope", hint=hint)
    return "values and slopes are right on both sides of zero."


def logsumexp(answer: Any, rng: np.random.Generator) -> str:
    """Judge a log-sum-exp node by its value, its single node and its slopes."""
    for shift in (0.0, 1000.0, -1000.0):
        values = [Value(x) for x in shift + 3 * rng.normal(size=int(rng.integers(2, 6)))]
        node = _as_value(call(answer, values), "logsumexp(values)")
        x = np.array([v.data for v in values])
        softmax = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
        where = f"for scores near {shift:g},"
        expect_close(node.data, x.max() + math.log(np.exp(x - x.max()).sum()), 1e-12, where=where, what="the value is")
        node.backward()
        got = [v.grad for v in values]
        hint = "The slopes are probabilities: which?"
        expect_close(got, softmax, 1e-12, where=where, what="the slopes are", hint=hint)
        expect(len(list(topological_order(node))) == len(values) + 1, "right, but made of many nodes: build one Value.")
    return "one node, safe for large scores, with the softmax as its slopes."


def backward(answer: Any, rng: np.random.Generator) -> str:
    """Judge a backward sweep on shared nodes, on nodes used at different depths, and when repeated."""
    a, b = (Value(x) for x in rng.normal(size=2))
    root = a * b + a
    _expect_same_gradients(answer, root, "a·b + a", "a is used twice, so its slopes must add (+=).")
    _expect_same_gradients(answer, root, "a second call on the same root", "Set every grad to zero first.")
    a, b = (Value(x) for x in rng.normal(size=2))
    late = a * 2.0
    root = ((late.tanh() * b).tanh() + late) * late
    hint = "A node must have received all of its grad before it passes it on: go through the order in reverse."
    _expect_same_gradients(answer, root, "an expression that uses a node early and late", hint)
    for _ in range(5):
        leaves = [Value(x) for x in rng.normal(size=4)]
        root = random_expression(leaves, 25, int(rng.integers(10**6)))
        _expect_same_gradients(answer, root, "a random expression", hint)
    return "shared, deep and repeated graphs all come out right."


def sum_to_shape(answer: Any, rng: np.random.Generator) -> str:
    """Judge the undoing of broadcasts."""
    cases = {
        (3, 4): (3, 4),
        (4,): (3, 4),
        (1, 4): (3, 4),
        (3, 1): (3, 4),
        (): (2, 3),
        (1,): (5, 1),
        (2, 1, 3): (4, 2, 5, 3),
    }
    for shape, big in cases.items():
        g = rng.normal(size=big)
        want = tensor_engine.sum_to_shape(g, shape)
        where = f"for an operand of shape {shape} broadcast to {big},"
        expect_close(call(answer, g.copy(), shape), want, 1e-12, where=where, hint="Sum where it was repeated.")
    return "every broadcast is undone."


def count_paths(answer: Any, rng: np.random.Generator) -> str:
    """Judge exact counts of paths, on small graphs and on ones that no walk could finish."""
    for k in (1, 3, int(rng.integers(5, 9)), 200):
        start = end = Value(0.1)
        for _ in range(k):
            end = end * 0.5 + end.tanh()
        got = call(answer, end, start)
        hint = "Two ways through each diamond; count with int, which has no largest number."
        expect(
            isinstance(got, int) and got == 2**k, f"for {k} diamonds you return {_short(got)}, expected 2**{k}. {hint}"
        )
    stranger = Value(1.0)
    expect(call(answer, start * 2.0, stranger) == 0, "no path leads from a number that the root does not depend on.")
    a = Value(1.0)
    got = call(answer, a * a + a, a)
    expect(got == 3, f"a·a + a has three paths from a, two of them through the product; you return {_short(got)}.")
    return "exact, and each edge is crossed once."


def best_nudge(answer: Any, rng: np.random.Generator) -> str:
    """Judge a measurement of the best step of a difference quotient."""
    for two_sided, low, high in ((True, 1e-7, 1e-4), (False, 1e-10, 1e-6)):
        kind = "two-sided" if two_sided else "one-sided"
        found = []
        for _ in range(9):
            x = float(rng.uniform(0.5, 1.5))
            h = float(call(answer, np.exp, float(np.exp(x)), x, two_sided))
            on_grid = abs(2 * math.log10(h) - round(2 * math.log10(h))) < 1e-6 if h > 0 else False
            expect(on_grid, f"{kind}: you return {h:.3g}, which is not one of the nudges 10**-15, 10**-14.5, … 10**-1.")
            found.append(h)
        middle = float(np.median(found))
        hint = "Compare each estimate with slope, and take the nudge of the smallest error."
        expect(
            low <= middle <= high, f"{kind}: your best nudge is {middle:.0e}, expected {low:.0e} to {high:.0e}. {hint}"
        )
    return "near the cube root of the rounding error two-sided, near its square root one-sided."


def _neuron_loss(w: float, x: float, b: float, y: float) -> float:
    return (math.tanh(w * x + b) - y) ** 2


def _nudged(f: Callable[..., float], at: np.ndarray, i: int, h: float = 1e-5) -> float:
    step = h * np.eye(len(at))[i]
    return (f(*(at + step)) - f(*(at - step))) / (2 * h)


def _as_value(node: Any, what: str) -> Value:
    expect(isinstance(node, Value), f"{what} must return a Value, and returns a {type(node).__name__}.")
    return node


def _expect_same_gradients(answer: Any, root: Value, name: str, hint: str) -> None:
    nodes = list(topological_order(root))
    perform(answer, root)
    got = [node.grad for node in nodes]
    root.backward()
    want = [node.grad for node in nodes]
    expect_close(got, want, 1e-9, where=f"on {name}", what="the gradients are", hint=hint)


def _short(got: Any) -> str:
    text = repr(got)
    return text if len(text) < 30 else f"{text[:20]}…"
