"""Checkers of the exercises of foundations/pytorch."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from largemodels.core.checker import Wrong, call, expect, expect_close, expect_equal

_FIXED_SHAPES = [((3, 1), (4,)), ((4, 1), (4,)), ((2, 3), (3,)), ((), (2, 2)), ((3,), (4,)), ((2, 3), (2,))]
_EMPTY_SHAPES = [((0,), (1,)), ((1,), (0,)), ((0,), (3,)), ((2, 0), (2, 1))]
_SPECS = ["i->", "ij->ji", "ij->j", "i,i->", "i,j->ij", "ik,kj->ij", "bik,bkj->bij", "ii->i", "ii->", "ij,jk,kl->il"]


def row_major(answer: Any, rng: np.random.Generator) -> str:
    """Judge the strides of a tensor that is stored in order, against PyTorch's."""
    drawn = [tuple(rng.integers(1, 6, size=axes).tolist()) for axes in (2, 3, 4, 5)]
    for shape in [(5,), (2, 3), (1, 4), (4, 1), (), *drawn]:
        got = call(answer, shape)
        whole = isinstance(got, tuple | list) and all(isinstance(s, int | np.integer) for s in got)
        expect(whole, f"return a tuple of whole numbers; for shape {shape} yours is {got!r}.")
        hint = "The last axis has stride 1; each other, the product of the lengths to its right."
        expect_equal(tuple(got), torch.empty(shape).stride(), where=f"for shape {shape},", hint=hint)
    return "the same strides as PyTorch's."


def broadcast_shape(answer: Any, rng: np.random.Generator) -> str:
    """Judge the shape that two shapes are broadcast to, or their refusal."""
    drawn = [tuple(tuple(rng.choice([1, 2, 3], size=rng.integers(0, 5)).tolist()) for _ in range(2)) for _ in range(40)]
    for a, b in _FIXED_SHAPES + _EMPTY_SHAPES + drawn:
        want = _broadcast(a, b)
        with _without((np, "broadcast_shapes"), (torch, "broadcast_shapes"), (np, "broadcast")):
            if want is None:
                _expect_refusal(answer, a, b)
                continue
            got = _unless_refused(answer, a, b)
        hint = "Line them up on the right; fill with 1; a 1 gives way to the other length, even to 0."
        expect_equal(tuple(got), want, where=f"for {a} and {b},", hint=hint)
    return "shapes that fit, and shapes that don't, as NumPy has it."


def windows(answer: Any, rng: np.random.Generator) -> str:
    """Judge sliding windows: their numbers, and that none of them was copied or changed."""
    for _ in range(20):
        n, size, step = int(rng.integers(5, 30)), int(rng.integers(1, 6)), int(rng.integers(1, 5))
        x = torch.tensor(rng.standard_normal(n + 3))[3:]  # a view, which does not start where its storage starts
        hint = "How many windows fit, and where does each begin? Mind that x may itself be a view, with an offset."
        _expect_windows(answer, x, size, step, f"for {n} numbers, windows of {size}, step {step},", hint)
    hint = "This x walks its storage in steps of 2: begin with x.stride()."
    _expect_windows(answer, torch.arange(20.0)[::2], 3, 2, "for torch.arange(20.0)[::2],", hint)
    return "right, and not one number copied."


def einsum(answer: Any, rng: np.random.Generator) -> str:
    """Judge an einsum written without einsum, on sums, diagonals and three operands."""
    for spec in _SPECS:
        lengths = {letter: int(rng.integers(2, 5)) for letter in "ijklb"}
        operands = [rng.standard_normal([lengths[c] for c in term]) for term in spec.split("->")[0].split(",")]
        want = np.einsum(spec, *operands)
        with _without((np, "einsum"), (torch, "einsum"), (torch.functional, "einsum")):
            got = call(answer, spec, *(x.copy() for x in operands))
        hint = "Loop over all letters; sum into the element that the result's letters name."
        expect_close(got, want, 1e-12, where=f"for {spec!r} on shapes {[x.shape for x in operands]},", hint=hint)
    return "sums, products and diagonals, all from one rule."


def fit_line(answer: Any, rng: np.random.Generator) -> str:
    """Judge a least-squares line through columns and rows, which are left as they are."""
    for x_axes, y_axes in ((1, 1), (1, 2), (2, 1), (2, 2)):
        x = rng.uniform(-2, 2, size=40)
        y = rng.uniform(1, 3) * rng.choice([-1, 1]) * x + rng.uniform(-2, 2) + rng.normal(size=40) / 2
        shaped = [v if axes == 1 else v[:, None] for v, axes in ((x, x_axes), (y, y_axes))]
        tensors = [torch.tensor(v, dtype=torch.float32) for v in shaped]
        given = [t.clone() for t in tensors]
        slope, intercept = _two_numbers(call(answer, *given))
        hint = "Slope first, then intercept."
        if abs(slope) < 0.2:
            hint = "A slope near 0: did every x meet every y? Give both one shape before you combine them."
        where = f"for x of shape {shaped[0].shape} and y of shape {shaped[1].shape},"
        expect_close([slope, intercept], np.polyfit(x, y, 1), 0.02, where=where, hint=hint)
        same = all(torch.equal(t, g) for t, g in zip(tensors, given, strict=True))
        expect(
            same, "the line is right, but your function writes into its caller's x or y: no -= on what you were given."
        )
    return "rows and columns give the same line."


def lines(answer: Any, rng: np.random.Generator) -> str:
    """Judge a data set of the lines of a text file, which goes straight to the line that is asked for."""
    texts = [f"{word} {rng.integers(10**9):09d}" for word in ("naïve", "日本", "plain", "", "Ω≈ç", "last")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.txt"
        path.write_bytes("\n".join(texts).encode() + b"\n")
        dataset = call(answer, path)
        expect(hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__"), "write both __len__ and __getitem__.")
        expect_equal(len(dataset), len(texts), where="for a file of six lines,", what="len is")
        hint = "Keep where each line begins, in bytes (tell); decode as UTF-8; remove the line's end, and only that."
        _expect_lines(dataset, texts, rng.permutation(len(texts)).tolist(), hint)
        _expect_end(dataset)
        fresh = [text[:-9] + f"{rng.integers(10**9):09d}" for text in texts]
        _expect_lazy(dataset, path, fresh)
        batches = list(torch.utils.data.DataLoader(dataset, batch_size=4))
        expect_equal([text for batch in batches for text in batch], fresh, where="through a DataLoader,")
    return "any line, straight from its place in the file."


def collate(answer: Any, rng: np.random.Generator) -> str:
    """Judge padding: numbers, mask, labels and their types, with a real zero and an empty sequence."""
    for case in range(12):
        fixed = {0: [0, 3, 1, 2], 1: [0, 0]}.get(case)
        lengths = fixed or rng.integers(1, 8, size=int(rng.integers(1, 6))).tolist()
        sequences = [torch.tensor(rng.integers(0, 5, size=n)) for n in lengths]  # zero is a number like any other
        labels = rng.integers(0, 9, size=len(lengths)).tolist()
        got = call(answer, [(s.clone(), label) for s, label in zip(sequences, labels, strict=True)])
        expect(isinstance(got, tuple) and len(got) == 3, "return three tensors: padded, mask, labels.")
        _expect_padded(got, sequences, labels, f"for sequences of lengths {lengths},")
    return "padded, masked and labeled."


def roofline(answer: Any, rng: np.random.Generator) -> str:
    """Judge the least time of a matrix product, on machines limited by either side."""
    for case in range(40):
        m, k, n = (int(v) for v in rng.integers(1, 3000, size=3))
        m = 1 if case % 2 else m  # a single input
        size, P, beta = int(rng.choice([1, 2, 4, 8])), 10 ** rng.uniform(10, 15), 10 ** rng.uniform(9, 13)
        compute, move = 2 * m * k * n / P, size * (m * k + k * n + m * n) / beta
        got = call(answer, m, k, n, size, P, beta)
        both = np.ndim(got) == 0 and np.isclose(float(got), compute + move, rtol=1e-9, atol=0)
        expect(not both, "you add the two times, but memory and arithmetic work at the same time: take the larger.")
        where = f"for ({m}, {k}) by ({k}, {n}), {size} bytes a number, P = {P:.1e} and beta = {beta:.1e},"
        side = "arithmetic, 2mkn operations" if compute > move else "memory: read both factors once, write the result"
        what, hint = "your time, divided by ours, is", f"Here the limit is {side}."
        expect_close(np.divide(got, max(compute, move)), 1.0, 1e-9, where=where, what=what, hint=hint)
    return "limited by memory or by arithmetic, as the case may be."


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return tuple(np.broadcast_shapes(a, b))
    except ValueError:
        return None


@contextmanager
def _without(*functions: tuple[Any, str]) -> Iterator[None]:
    """Make these functions of libraries refuse for a while: the task is to write them."""

    def refusal(name: str) -> Callable[..., None]:
        def refuse(*args: Any, **kwargs: Any) -> None:  # noqa: ARG001
            raise Wrong(f"that is {name} itself, which the task asks you to do without.")

        return refuse

    with ExitStack() as stack:
        for owner, name in functions:
            stack.enter_context(mock.patch.object(owner, name, refusal(name)))
        yield


def _expect_refusal(answer: Callable[..., Any], a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        got = answer(a, b)
    except ValueError:
        return
    except Wrong:
        raise
    except Exception as error:
        raise Wrong(f"{a} and {b} don't fit: raise a ValueError; yours is a {type(error).__name__}.") from error
    raise Wrong(f"{a} and {b} don't fit, but you return {got!r}: raise a ValueError.")


def _unless_refused(answer: Callable[..., Any], a: tuple[int, ...], b: tuple[int, ...]) -> Any:
    try:
        return call(answer, a, b)
    except Wrong as wrong:
        if isinstance(wrong.__cause__, ValueError):
            raise Wrong(f"{a} and {b} do fit, but you refuse them: line them up on the right.") from wrong
        raise


def _expect_windows(answer: Callable[..., Any], x: Tensor, size: int, step: int, where: str, hint: str) -> None:
    before, want = x.clone(), x.unfold(0, size, step).clone()
    with _without((torch.Tensor, "unfold")):
        got = call(answer, x, size, step)
    expect(torch.is_tensor(got), f"return a tensor; yours is of type {type(got).__name__}.")
    expect_close(got, want, 0, where=where, hint=hint)
    shared = got.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    expect(shared, "the numbers are right, but copied: choose strides, and let as_strided do the rest.")
    expect(torch.equal(x, before), f"{where} your function changes x.")


def _two_numbers(got: Any) -> tuple[float, float]:
    expect(isinstance(got, tuple | list) and len(got) == 2, "return two numbers, slope and intercept.")
    single = all(np.size(v.detach() if torch.is_tensor(v) else v) == 1 for v in got)
    expect(single, "slope and intercept must be single numbers.")
    return float(got[0]), float(got[1])


def _expect_lines(dataset: Any, texts: list[str], order: list[int], hint: str) -> None:
    for i in order:
        expect_equal(call(dataset.__getitem__, i), texts[i], where=f"for line {i},", hint=hint)


def _expect_end(dataset: Any) -> None:
    n = len(dataset)
    try:
        got = dataset[n]
    except IndexError:
        return
    raise Wrong(
        f"the last of {n} lines is number {n - 1}, but [{n}] gives {got!r}: raise an IndexError, or loops never end."
    )


def _expect_lazy(dataset: Any, path: Path, texts: list[str]) -> None:
    """Change the file behind the data set, each line to one of the same length."""
    whole = "\n".join(texts).encode() + b"\n"
    path.write_bytes(whole)
    hint = "The file has changed since: open it in __getitem__, not in __init__."
    _expect_lines(dataset, texts, list(range(len(texts))), hint)
    last = len("\n".join(texts[:-1]).encode()) + 1  # where the last line begins
    path.write_bytes(b" " * last + whole[last:])
    hint = "Everything before this line has changed: go straight to its first byte (seek) instead of counting lines."
    _expect_lines(dataset, texts, [len(texts) - 1], hint)
    path.write_bytes(whole)


def _expect_padded(got: tuple[Tensor, Tensor, Tensor], sequences: list[Tensor], labels: list[int], where: str) -> None:
    padded, mask, given = got
    longest = max(len(s) for s in sequences)
    shape = (len(sequences), longest)
    expect(tuple(padded.shape) == shape and tuple(mask.shape) == shape, f"{where} padded and mask must be {shape}.")
    whole = not padded.is_floating_point()
    expect(whole, f"{where} the numbers are whole, and padded must be, too; yours is {padded.dtype}.")
    expect(mask.dtype == torch.bool, f"{where} the mask must be boolean; yours is {mask.dtype}.")
    want = torch.arange(longest) < torch.tensor([len(s) for s in sequences])[:, None]
    expect(bool((mask == want).all()), f"{where} the mask must be true where a number is real: a 0 may be real, too.")
    for row, s in zip(padded, sequences, strict=True):
        expect(torch.equal(row[: len(s)], s), f"{where} the numbers must stand at the front, unchanged.")
    expect(not padded[~want].any(), f"{where} pad with zeros.")
    expect(torch.is_tensor(given) and given.dtype == torch.int64, f"{where} the labels must be an int64 tensor.")
    expect(given.tolist() == labels, f"{where} the labels must stay in order.")
