"""What a tensor is underneath: numbers in one row, and a rule for walking them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import mul
from typing import Any


@dataclass(frozen=True)
class Strided:
    """A view: element [i, j] is storage[offset + i * strides[0] + j * strides[1]].

    Every method returns another view of the same storage. None copies a number.
    """

    storage: list[float]
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    @classmethod
    def of(cls, storage: list[float], shape: Sequence[int]) -> Strided:
        """Read the row as an array, the last axis fastest: NumPy's and PyTorch's order."""
        steps = accumulate(reversed(shape[1:]), mul, initial=1)
        return cls(storage, tuple(shape), tuple(steps)[::-1])

    def transpose(self, a: int, b: int) -> Strided:
        """Exchange two axes."""
        order = list(range(len(self.shape)))
        order[a], order[b] = b, a
        shape = tuple(self.shape[axis] for axis in order)
        strides = tuple(self.strides[axis] for axis in order)
        return replace(self, shape=shape, strides=strides)

    def select(self, axis: int, i: int) -> Strided:
        """Fix one index, and lose the axis, as t[i] does."""
        start = self.offset + i * self.strides[axis]
        shape, strides = _without(self.shape, axis), _without(self.strides, axis)
        return Strided(self.storage, shape, strides, start)

    def every(self, axis: int, step: int) -> Strided:
        """Keep every step-th element of an axis, as t[::step] does."""
        length = -(-self.shape[axis] // step)  # rounded up
        return self._with(axis, length, self.strides[axis] * step)

    def expand(self, axis: int, n: int) -> Strided:
        """Repeat an axis of length one n times, with a step of zero."""
        if self.shape[axis] != 1:
            length = self.shape[axis]
            raise ValueError(f"axis {axis} has length {length}: only length 1 expands.")
        return self._with(axis, n, 0)

    def windows(self, size: int) -> Strided:
        """Slide a window along the last axis, (..., n) to (..., n - size + 1, size)."""
        shape = (*self.shape[:-1], self.shape[-1] - size + 1, size)
        return replace(self, shape=shape, strides=(*self.strides, self.strides[-1]))

    def tolist(self) -> Any:
        """Walk the view and return its numbers, in nested lists."""
        if not self.shape:
            return self.storage[self.offset]
        return [self.select(0, i).tolist() for i in range(self.shape[0])]

    def _with(self, axis: int, length: int, step: int) -> Strided:
        shape = (*self.shape[:axis], length, *self.shape[axis + 1 :])
        strides = (*self.strides[:axis], step, *self.strides[axis + 1 :])
        return replace(self, shape=shape, strides=strides)


def _without(numbers: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return numbers[:axis] + numbers[axis + 1 :]
