"""Checkers of the exercises of foundations/backprop."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from largemodels.core.checker import Wrong, call, expect, expect_close, perform
from largemodels.foundations import tensor_engine
from largemodels.foundations.engine import Value, topological_order
from largemodels.foundations.expressions import random_expression


def by_hand(answer: Any, rng: np.random.Generator) -> str:
    """Judge four slopes of a neuron's squared error against the formula, in all digits."""
    for _ in range(20):
        w, x, b, y = map(float, rng.uniform(-1.5, 1.5, 4))
        t = math.tanh(w * x + b)
        by_sum = 2 * (t - y) * (1 - t * t)
        got = np.asarray(call(answer, w, x, b, y), dtype=float)
        expect(got.shape == (4,), f"return four numbers, the slopes along w, x, b and y; yours have shape {got.shape}.")
        for name, g, want in zip("wxby", got, (by_sum * x, by_sum * w, by_sum, -2 * (t - y)), strict=True):
            where = f"at w, x, b, y = {np.round([w, x, b, y], 2)}, along {name},"
            hint = "Which edges lead from it to L? A nudge is not exact enough."
            expect_close(g, want, 1e-12, where=where, hint=hint)
    return "all four slopes are exact."


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
    drawn = [near + 3 * rng.normal(size=int(rng.integers(2, 6))) for near in (0, 1000, -1000)]
    fixed = [[-1000, 0], [0, 1000], [1000, 0, 0, 0, 0]]
    for x in (*drawn, *(np.array(scores, dtype=float) for scores in fixed)):
        values = [Value(v) for v in x]
        node = _as_value(call(answer, values), "logsumexp(values)")
        e = np.exp(np.array([v.data for v in values]) - x.max())
        where = f"for scores {np.round([v.data for v in values])},"
        expect_close(node.data, x.max() + math.log(e.sum()), 1e-12, where=where, what="the value is")
        node.backward()
        got, hint = [v.grad for v in values], "The slopes are probabilities: which?"
        expect_close(got, e / e.sum(), 1e-12, where=where, what="the slopes are", hint=hint)
        expect(len(list(topological_order(node))) == len(values) + 1, "right, but made of many nodes: build one Value.")
    return "one node, safe for large scores, with the softmax as its slopes."


def backward(answer: Any, rng: np.random.Generator) -> str:
    """Judge a backward sweep on shared nodes, on nodes used at different depths, repeated, and by its work."""
    a, b = (Value(x) for x in rng.normal(size=2))
    _sweep(answer, product := a * b)
    expect(product.grad or a.grad, "no grad has been set: begin with root.grad = 1.0, and go backwards.")
    _expect_same_gradients(answer, Value(2.0), "a root without parents", "Its slope along itself is 1.")
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
    _expect_each_edge_once(answer)
    return "shared, deep and repeated graphs all come out right, and each edge is crossed once."


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
            end = end * 0.5 + end.tanh() + end.tanh()
        got = call(answer, end, start)
        hint = "Three ways through each; count with int, which has no largest number."
        expect(
            isinstance(got, int) and got == 3**k, f"for {k} triples you return {_short(got)}, expected 3**{k}. {hint}"
        )
    stranger = Value(1.0)
    expect(call(answer, start * 2.0, stranger) == 0, "no path leads from a number that the root does not depend on.")
    expect(call(answer, start, start) == 1, "from a number to itself there is one path, without an edge.")
    a = Value(1.0)
    got = call(answer, a * a + a, a)
    expect(got == 3, f"a·a + a has three paths from a, two of them through the product; you return {_short(got)}.")
    return "exact, where no walk could finish."


def best_nudge(answer: Any, rng: np.random.Generator) -> str:
    """Judge a measurement of the best step of a difference quotient by the error at the step returned."""
    hs = 10.0 ** np.arange(-15, -0.9, 0.5)
    for f, slope in ((np.exp, np.exp), (np.sin, np.cos), (lambda x: x**2, lambda x: 2 * x)):
        for two_sided in (True, False):
            x = float(rng.uniform(0.5, 1.5))
            errors = np.array([abs(_quotient(f, x, h, two_sided) - float(slope(x))) for h in hs])
            h = float(call(answer, f, float(slope(x)), x, two_sided))
            place = int(np.argmin(np.abs(np.log(hs) - math.log(h)))) if h > 0 else 0
            kind = "two-sided" if two_sided else "one-sided"
            expect(math.isclose(hs[place], h), f"{kind}: {h:.3g} is not one of 10**-15, 10**-14.5, …, 10**-1.")
            sentence = (
                f"{kind}: at your nudge {h:.0e} the error is {errors[place]:.1e}, and {errors.min():.1e} is possible."
            )
            enough = 2 * errors.min() + 4 * np.spacing(abs(slope(x)))  # the same quotient may be written another way
            expect(errors[place] <= enough, f"{sentence} Compare each estimate with slope.")
    return "no nudge of the list does better, one-sided or two-sided."


def softmax_pullback(answer: Any, rng: np.random.Generator) -> str:
    """Judge the pullback of a row-wise softmax against its Jacobian, built in full."""
    for _ in range(10):
        e = np.exp(rng.normal(size=(int(rng.integers(1, 5)), int(rng.integers(2, 6)))))
        y, g = e / e.sum(axis=1, keepdims=True), rng.normal(size=e.shape)
        want = [row_g @ (np.diag(row) - np.outer(row, row)) for row, row_g in zip(y, g, strict=True)]
        hint = "Raising one score raises its own probability and lowers all others of the row."
        expect_close(call(answer, y.copy(), g.copy()), want, 1e-12, hint=hint)
    return "it equals the product with the Jacobian."


def _quotient(f: Callable[[float], float], x: float, h: float, two_sided: bool) -> float:
    return (f(x + h) - f(x - h)) / (2 * h) if two_sided else (f(x + h) - f(x)) / h


class _Counted(tuple[Value, ...]):
    """A node's parents, counting how often they are gone through."""

    walks = 0

    def __iter__(self) -> Iterator[Any]:
        _Counted.walks += 1
        return super().__iter__()

    def __getitem__(self, place: Any) -> Any:
        _Counted.walks += 1
        return super().__getitem__(place)


def _expect_each_edge_once(answer: Any) -> None:
    end = Value(0.1)
    for _ in range(12):
        end = end * 0.5 + end.tanh()
    nodes = list(topological_order(end))
    for node in nodes:
        node.parents = _Counted(node.parents)
    _Counted.walks = 0
    _sweep(answer, end)
    sentence = f"on 12 diamonds you went through the parents of {len(nodes)} nodes {_Counted.walks:,} times: "
    expect(_Counted.walks <= 5 * len(nodes), sentence + "you walk paths; visit each node once.")


def _sweep(answer: Any, root: Value) -> None:
    def refuse(_: Value) -> None:
        raise Wrong("the task is to do without root.backward(): set the grads yourself.")

    built_in = Value.backward
    setattr(Value, "backward", refuse)  # noqa: B010
    try:
        perform(answer, root)
    finally:
        setattr(Value, "backward", built_in)  # noqa: B010


def _as_value(node: Any, what: str) -> Value:
    expect(isinstance(node, Value), f"{what} must return a Value, and returns a {type(node).__name__}.")
    shaped = all(isinstance(part, Sequence | np.ndarray) for part in (node.parents, node.slopes))
    expect(
        shaped and len(node.parents) == len(node.slopes),
        f"{what}: parents and slopes are two sequences of the same length, such as (v,) and (1.0,).",
    )
    return node


def _expect_same_gradients(answer: Any, root: Value, name: str, hint: str) -> None:
    nodes = list(topological_order(root))
    _sweep(answer, root)
    got = [node.grad for node in nodes]
    root.backward()
    want = [node.grad for node in nodes]
    expect_close(got, want, 1e-9, where=f"on {name}", what="the gradients are", hint=hint)


def _short(got: Any) -> str:
    text = repr(got)
    return text if len(text) < 30 else f"{text[:20]}…"
