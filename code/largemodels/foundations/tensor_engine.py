"""Reverse-mode differentiation of arrays: the scalar engine's idea, a node an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from largemodels.foundations.engine import topological_order

Pullback = Callable[[np.ndarray], np.ndarray]  # gradient by result -> by parent


class Tensor:
    """An array that remembers what it was computed from, and how to send gradients back.

    A scalar's edge carries a number. An array's edge would carry a Jacobian, far too
    large to store, so it carries a pullback instead: a function that multiplies a
    gradient by that Jacobian.
    """

    __array_ufunc__ = None  # so that NumPy's array + Tensor asks the Tensor

    def __init__(
        self,
        data: Any,
        parents: Sequence[Tensor] = (),
        pullbacks: Sequence[Pullback] = (),
    ) -> None:
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = np.zeros_like(self.data)
        self.parents, self.pullbacks = parents, pullbacks

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.data.shape

    def __repr__(self) -> str:
        return f"Tensor(shape={self.shape})"

    def __add__(self, other: Any) -> Tensor:
        a, b = self, lift(other)
        return Tensor(
            a.data + b.data,
            (a, b),
            (
                lambda g: sum_to_shape(g, a.shape),
                lambda g: sum_to_shape(g, b.shape),
            ),
        )

    def __mul__(self, other: Any) -> Tensor:
        a, b = self, lift(other)
        return Tensor(
            a.data * b.data,
            (a, b),
            (
                lambda g: sum_to_shape(g * b.data, a.shape),
                lambda g: sum_to_shape(g * a.data, b.shape),
            ),
        )

    def __pow__(self, n: float) -> Tensor:
        slope = n * self.data ** (n - 1)
        return Tensor(self.data**n, (self,), (lambda g: g * slope,))

    def __matmul__(self, other: Any) -> Tensor:
        a, b = self, lift(other)  # (n, k) @ (k, m)
        return Tensor(
            a.data @ b.data,
            (a, b),
            (lambda g: g @ b.data.T, lambda g: a.data.T @ g),
        )

    def exp(self) -> Tensor:
        """Return e raised to each element."""
        y = np.exp(self.data)
        return Tensor(y, (self,), (lambda g: g * y,))

    def log(self) -> Tensor:
        """Return the natural logarithm of each element."""
        return Tensor(np.log(self.data), (self,), (lambda g: g / self.data,))

    def tanh(self) -> Tensor:
        """Return the hyperbolic tangent of each element."""
        y = np.tanh(self.data)
        return Tensor(y, (self,), (lambda g: g * (1 - y * y),))

    def relu(self) -> Tensor:
        """Return each element where positive, else 0; the slope at 0 is 0, as in PyTorch."""
        on = self.data > 0
        return Tensor(self.data * on, (self,), (lambda g: g * on,))

    def sum(self, axis: int | None = None) -> Tensor:
        """Return the sum over one axis, or over all; a summed axis is dropped."""

        def pullback(g: np.ndarray) -> np.ndarray:
            whole = g if axis is None else np.expand_dims(g, axis)
            return np.broadcast_to(whole, self.shape)

        return Tensor(self.data.sum(axis), (self,), (pullback,))

    def reshape(self, *shape: int) -> Tensor:
        """Return the same elements in another shape."""
        y = self.data.reshape(*shape)
        return Tensor(y, (self,), (lambda g: g.reshape(self.shape),))

    def __getitem__(self, index: Any) -> Tensor:
        def pullback(g: np.ndarray) -> np.ndarray:
            out = np.zeros_like(self.data)
            np.add.at(out, index, g)  # an element taken twice receives twice
            return out

        return Tensor(self.data[index], (self,), (pullback,))

    # Everything else is made of these.
    def __neg__(self) -> Tensor:
        return self * -1.0

    def __sub__(self, other: Any) -> Tensor:
        return self + -lift(other)

    def __rsub__(self, other: Any) -> Tensor:
        return lift(other) + -self

    def __truediv__(self, other: Any) -> Tensor:
        return self * lift(other) ** -1

    def __rtruediv__(self, other: Any) -> Tensor:
        return lift(other) * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def mean(self) -> Tensor:
        """Return the mean of all elements."""
        return self.sum() / self.data.size

    def backward(self) -> None:
        """Set `grad` of all that this tensor depends on to its gradient by them.

        Raises ValueError unless this tensor holds a single number.
        """
        if self.data.size != 1:
            raise ValueError(
                f"backward starts from one number, such as a loss; this has shape {self.shape}."
            )  # fmt: skip
        order = list(topological_order(self))
        for node in order:
            node.grad = np.zeros_like(node.data)
        self.grad = np.ones_like(self.data)
        for node in reversed(order):  # all its grad has arrived by now
            for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
                parent.grad = parent.grad + pullback(node.grad)


def lift(x: Any) -> Tensor:
    """Return x itself if it is a Tensor, else a new Tensor that holds it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def sum_to_shape(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undo broadcasting: sum g over the axes along which `shape` was repeated."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))  # axes that broadcasting put in front
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(axis=stretched, keepdims=True)


def cross_entropy(scores: Tensor, labels: np.ndarray) -> Tensor:
    """Return the mean surprise, in nats, of labels (n,) under softmax of scores (n, k)."""
    top = scores.data.max(axis=1, keepdims=True)  # shifting changes nothing
    shifted = scores - top
    log_normalizer = shifted.exp().sum(axis=1).log()  # (n,)
    return (log_normalizer - shifted[np.arange(len(labels)), labels]).mean()
