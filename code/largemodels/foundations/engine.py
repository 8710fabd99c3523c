"""Reverse-mode differentiation of scalar expressions: a graph whose edges carry slopes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any


class Value:
    """A number that remembers what it was computed from, and its slope along each."""

    __slots__ = ("data", "grad", "op", "parents", "slopes")

    def __init__(self, data: float, parents: Any = (), slopes: Any = (), op: str = "") -> None:
        self.data = float(data)
        self.grad = 0.0  # d root / d self, once root.backward() has run
        self.parents, self.slopes, self.op = parents, slopes, op  # d self / d parents

    def __repr__(self) -> str:
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"

    # Each operation is its result, and its slope along each operand.
    def __add__(self, other: Value | float) -> Value:
        a, b = self, lift(other)
        return Value(a.data + b.data, (a, b), (1.0, 1.0), "+")

    def __sub__(self, other: Value | float) -> Value:
        a, b = self, lift(other)
        return Value(a.data - b.data, (a, b), (1.0, -1.0), "−")

    def __mul__(self, other: Value | float) -> Value:
        a, b = self, lift(other)
        return Value(a.data * b.data, (a, b), (b.data, a.data), "×")

    def __pow__(self, n: float) -> Value:
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),), f"^{n:g}")

    def exp(self) -> Value:
        """Return e raised to this value."""
        y = math.exp(self.data)
        return Value(y, (self,), (y,), "exp")

    def log(self) -> Value:
        """Return the natural logarithm; raise ValueError unless the value is positive."""
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self) -> Value:
        """Return the hyperbolic tangent."""
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,), "tanh")

    # Everything else is made of these.
    def __neg__(self) -> Value:
        return self * -1.0

    def __rsub__(self, other: float) -> Value:
        return lift(other) - self

    def __truediv__(self, other: Value | float) -> Value:
        return self * lift(other) ** -1

    def __rtruediv__(self, other: float) -> Value:
        return lift(other) * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Set `grad` of all that this value depends on to its slope along them."""
        order = list(topological_order(self))
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):  # all its grad has arrived by now
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += node.grad * slope


def lift(x: Value | float) -> Value:
    """Return x itself if it is a Value, else a new Value that holds it."""
    return x if isinstance(x, Value) else Value(x)


def dot(a: Sequence[Value], b: Sequence[Value]) -> Value:
    """Return the inner product, (n,) and (n,) to (), as one node with 2n edges."""
    x, y = [v.data for v in a], [v.data for v in b]
    return Value(sum(map(float.__mul__, x, y)), (*a, *b), (*y, *x), "·")


def topological_order(root: Any) -> Iterator[Any]:
    """Yield all that `root` depends on, parents first (by a loop: depth has no limit)."""
    seen, stack = set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
