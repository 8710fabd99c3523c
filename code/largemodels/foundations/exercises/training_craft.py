"""Checkers of the exercises of foundations/training-craft."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from largemodels.core.checker import call, expect, expect_close, expect_equal, expect_numbers

# Losses, patience, the epoch to keep, and what a reader has not yet seen who gives another.
_STOPS: list[tuple[list[float], int, int, str]] = [
    ([3, 2, 1], 2, 2, "Count epochs from 0, and keep the best one when training ends before patience does."),
    ([3, 1, 2, 2], 2, 1, "Give the epoch of the best loss, not the one at which training stopped."),
    ([3, 2, 4, 5, 6, 7, 1], 2, 1, "Training was over by then: a loss that was never seen can't count."),
    ([3, 2, 4, 5, 1], 2, 1, "That is one epoch too patient: stop at the second in a row without a better loss."),
    ([3, 2, 4, 1, 5], 2, 3, "That is not patient enough: one epoch without a better loss is not two."),
    ([5, 6, 4, 6, 3, 6, 2], 2, 6, "Patience counts epochs in a row: a better loss sets the count back to 0."),
    ([2, 2, 2, 1], 2, 0, "An equal loss is not a better one."),
    ([1, 5, 4, 3, 2, 0.5], 3, 0, "Compare with the best loss so far, not with that of the epoch before."),
]


def surviving(answer: Any, rng: np.random.Generator) -> str:
    """Judge the mean square that is left of a signal after layers of ReLUs."""
    drawn = [(rng.uniform(0.6, 3.5), int(rng.integers(2, 9))) for _ in range(20)]
    for scale, depth in [(3.0, 5), (2.0, 5), *drawn, (0.7, 0)]:
        q = float(rng.uniform(0.2, 3))
        got = expect_numbers(call(answer, scale, depth, q), "return one number, the mean square that is left.")
        mistakes = {
            "Weights do that alone; ReLU throws away half of the mean square, in each layer.": q * scale**depth,
            "ReLU throws away half in each layer, not once.": q * scale**depth / 2,
            "One layer multiplies, and so does the next: take a power.": q * scale / 2 * depth,
            "Start from q.": (scale / 2) ** depth,
            "That is one layer too many.": q * (scale / 2) ** (depth + 1),
            "That is how the root shrinks; the mean square asks for no root.": q * (scale / 2) ** (depth / 2),
        }
        where = f"for scale {scale:.3g}, depth {depth} and q = {q:.3g},"
        hint = _named(got, mistakes, "Each layer multiplies by n times the variance of a weight, and by one half.")
        expect_close(got, q * (scale / 2) ** depth, 1e-5, where=where, hint=hint)
    return "it explodes above 2, fades below, and lives on at 2."


def gain(answer: Any, rng: np.random.Generator) -> str:
    """Judge a paired comparison: the mean difference and its standard error."""
    for n in (5, 3, 8, 12):
        before = rng.normal(80, 8, n)
        after = before + rng.normal(2, 1, n)
        got = _parts(call(answer, before.tolist(), after.tolist()), 2, "return two numbers: the gain and its error.")
        hint = "A gain is after less before." if _same(got[0], (before - after).mean()) else "Take the mean difference."
        expect_close(got[0], (after - before).mean(), 1e-5, what="the gain is", hint=hint)
        want, hint = (after - before).std(ddof=1) / n**0.5, _error_hint(got[1], before, after)
        expect_close(got[1], want, 1e-5, where=f"for {n} seeds,", what="the error is", hint=hint)
    return "paired, and with its doubt."


def warm_cosine(answer: Any, rng: np.random.Generator) -> str:
    """Judge a schedule: warm-up to the peak, then half a cosine down to 0."""
    for early in 4 * [True, False]:  # a peak before the middle of the run, or after it
        total = int(rng.integers(30, 80))
        warm = int(rng.integers(2, total // 3) if early else rng.integers(2 * total // 3, total - 2))
        peak, steps = float(rng.uniform(0.05, 1)), np.arange(total + 1)
        rates = [call(answer, step, warm, total, peak) for step in range(total + 1)]
        got = expect_numbers(rates, "return one number for each step.")
        expect(got.ndim == 1, "return one number for each step.")
        expect(not _same(got * peak, _schedule(steps, warm, total, peak)), "multiply by the peak, in both parts.")
        up = "From step 0 to step warm, a straight line from 0 to the peak."
        if _same(got[:warm], peak * (steps[:warm] + 1) / warm):
            up = "At step 0 the rate is 0; the peak comes at step warm, and not before."
        _expect_steps(got, warm, total, peak, range(warm), up)
        _expect_steps(got, warm, total, peak, range(warm, total + 1), _downhill(got, warm, total, peak))
    return "up in a line, down in half a cosine."


def stop_at(answer: Any, rng: np.random.Generator) -> str:
    """Judge early stopping with patience."""
    in_general = "Keep the best so far, and stop once `patience` epochs in a row brought nothing better."
    cases = list(_STOPS)
    for _ in range(40):
        losses, patience = rng.integers(1, 12, int(rng.integers(1, 12))).tolist(), int(rng.integers(1, 5))
        cases.append((losses, patience, _kept(losses, patience), in_general))
    for losses, patience, want, hint in cases:
        got = call(answer, list(losses), patience)
        expect_equal(got, want, where=f"for losses {losses} and patience {patience},", hint=hint)
    return "patient, and not forever."


def batch_norm(answer: Any, rng: np.random.Generator) -> str:
    """Judge a training step of batch normalization: output and running averages are PyTorch's."""
    for _ in range(6):
        n, d = int(rng.integers(4, 12)), int(rng.integers(2, 6))
        x = rng.normal(3, 1, (n, d)) * np.geomspace(0.005, 2, d)
        mean, var = rng.normal(0, 1, d), rng.uniform(0.5, 2, d)
        layer = nn.BatchNorm1d(d, affine=False, dtype=torch.float64)
        layer.load_state_dict({"running_mean": torch.tensor(mean), "running_var": torch.tensor(var)}, strict=False)
        want = layer(torch.tensor(x)).numpy()
        given = {"x": x.copy(), "mean": mean.copy(), "var": var.copy()}
        got = _parts(call(answer, *given.values()), 3, "return three arrays: y, the new mean and the new variance.")
        for (name, array), original in zip(given.items(), (x, mean, var), strict=True):
            expect(np.array_equal(array, original), f"{name} is changed in place: leave it, and return a new array.")
        expect_close(got[0], want, 1e-5, what="y has", hint=_output_hint(got[0], x, mean, var))
        _expect_running(got[1], "mean", mean, x.mean(0), {})
        biased = {"Here PyTorch divides by n - 1, other than for y.": 0.9 * var + 0.1 * x.var(0)}
        _expect_running(got[2], "var", var, x.var(0, ddof=1), biased)
    return "as PyTorch has it, the running averages included."


def encode(answer: Any, rng: np.random.Generator) -> str:
    """Judge an ordered target encoding: the values, and that no code tells its row's own answer."""
    for yes_or_no in 3 * [True, False]:
        n = int(rng.integers(9, 13))
        train = rng.permutation([*"abcd", *rng.choice(list("abcd"), n - 4)]).tolist()
        targets = (1.0 * rng.integers(0, 2, n) if yes_or_no else rng.normal(0, 2, n).round(1)).tolist()
        weight, prior = float(rng.uniform(0.5, 4)), float(rng.uniform(0.2, 0.8))
        table = (train, targets, new := ["b", "never seen", "a"], weight, prior)
        codes, fresh = _codes(answer, *table)
        _expect_blind(answer, codes, table)
        want, want_fresh = _ordered(*table)
        hint = "(sum of the earlier targets of its category + weight · prior) / (how many + weight)."
        expect_close(codes, want, 1e-9, where="for the training rows,", what="codes are", hint=hint)
        hint = "The same formula, with all training rows of the category; with none, it is the prior."
        expect_close(fresh, want_fresh, 1e-9, where=f"for new rows {new},", what="codes are", hint=hint)
    return "no row's code knows its answer, or any that came later."


def _named(got: Any, mistakes: dict[str, Any], otherwise: str) -> str:
    """Return the sentence of the mistake that leads to `got`, or else the general one."""
    return next((sentence for sentence, value in mistakes.items() if _same(got, value)), otherwise)


def _same(got: Any, value: Any) -> bool:
    return np.shape(got) == np.shape(value) and np.allclose(got, value, rtol=1e-7, atol=1e-9)


def _parts(got: Any, count: int, sentence: str) -> list[np.ndarray]:
    expect(isinstance(got, Sequence | np.ndarray | torch.Tensor) and len(got) == count, sentence)
    return [expect_numbers(part, sentence) for part in got]


def _error_hint(got: np.ndarray, before: np.ndarray, after: np.ndarray) -> str:
    """Return what to say about a standard error."""
    n, spread = len(before), (after - before).std(ddof=1)
    apart = np.hypot(before.std(), after.std())  # as if the lists had nothing to do with each other
    mistakes = {
        "Subtract seed by seed first: what a seed does to both does not count.": apart / (n - 1) ** 0.5,
        "Subtract seed by seed first, and divide squares by n - 1.": apart / n**0.5,
        "Divide squares by n - 1: the mean has used up one of the n.": spread * (n - 1) ** 0.5 / n,
        "That is how far single differences scatter; their mean scatters less, by the root of n.": spread,
        "Divide by the root of n, not by n.": spread / n,
        "That is the square of the error: take its root.": spread**2 / n,
    }
    return _named(got, mistakes, "Spread of the differences with n - 1, divided by the root of n.")


def _schedule(steps: np.ndarray, warm: int, total: int, peak: float) -> np.ndarray:
    t = (steps - warm) / (total - warm)
    return peak * np.where(t < 0, steps / warm, 0.5 * (1 + np.cos(np.pi * t)))


def _downhill(got: np.ndarray, warm: int, total: int, peak: float) -> str:
    """Return what to say about the second part of a schedule."""
    steps = np.arange(warm, total + 1)
    bent = {
        "The cosine begins at step warm, not at step 0.": steps / total,
        "From step warm on, total - warm steps are left to come down in.": (steps - warm) / total,
        "Half a wave, from 1 down to -1: the cosine goes from 0 to pi.": 2 * (steps - warm) / (total - warm),
        "The rate reaches 0 at step total, not one step after it.": (steps - warm) / (total - warm + 1),
    }
    mistakes = {sentence: 0.5 * peak * (1 + np.cos(np.pi * t)) for sentence, t in bent.items()}
    mistakes["That is a straight line: take half a cosine."] = peak * (total - steps) / (total - warm)
    return _named(got[warm:], mistakes, "Half a cosine, from the peak at step warm to 0 at step total.")


def _expect_steps(got: np.ndarray, warm: int, total: int, peak: float, steps: range, hint: str) -> None:
    for step in steps:
        where = f"at step {step}, with warm {warm}, total {total} and peak {peak:.3g},"
        want = float(_schedule(np.array(step), warm, total, peak))
        expect_close(got[step], want, 1e-9, where=where, what="your rate is", hint=hint)


def _kept(losses: list[float], patience: int) -> int:
    """Return the epoch that early stopping keeps."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best == patience:
            break
    return best


def _output_hint(y: np.ndarray, x: np.ndarray, mean: np.ndarray, var: np.ndarray) -> str:
    """Return what to say about the output of a batch normalization."""
    away = x - x.mean(0)
    mistakes = {
        "For y the variance counts by n, not by n - 1.": away / np.sqrt(x.var(0, ddof=1) + 1e-5),
        "Add 1e-5 to the variance.": away / x.std(0),
        "Add 1e-5 under the root, not beside it.": away / (x.std(0) + 1e-5),
        "Divide by the root of the variance.": away / (x.var(0) + 1e-5),
        "In training, the batch's own mean and variance count.": (x - mean) / np.sqrt(var + 1e-5),
        "One mean and one variance for each column (axis 0).": (x - x.mean()) / np.sqrt(x.var() + 1e-5),
    }
    return _named(y, mistakes, "Subtract the mean of the batch; divide by the root of its variance by n, plus 1e-5.")


def _expect_running(got: np.ndarray, name: str, old: np.ndarray, seen: np.ndarray, mistakes: dict[str, Any]) -> None:
    """Require an average of a tenth of what was seen in the batch and nine tenths of the old value."""
    mistakes = mistakes | {
        "That is the other way around: 0.9 of the old, 0.1 of the batch's.": 0.1 * old + 0.9 * seen,
        "That is the batch's own: keep 0.9 of the old, and add 0.1 of it.": seen,
        "It has not moved: add 0.1 of the batch's to 0.9 of the old.": old,
    }
    hint = _named(got, mistakes, "0.9 of the old, and 0.1 of the batch's.")
    expect_close(got, 0.9 * old + 0.1 * seen, 1e-5, what=f"the new {name} is", hint=hint)


def _codes(answer: Any, *table: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the reader's codes of training rows and of new ones."""
    train, targets, new, *numbers = table
    sentence = "return two lists: the codes of the training rows, and those of the new ones."
    got = _parts(call(answer, list(train), list(targets), list(new), *numbers), 2, sentence)
    expect([codes.shape for codes in got] == [(len(train),), (len(new),)], "give one code for each row, in order.")
    return got[0], got[1]


def _expect_blind(answer: Any, codes: np.ndarray, table: tuple[Any, ...]) -> None:
    """Require a row's code to stay the same when the answers of this row or of a later one are changed."""
    train, targets, *rest = table
    for row in range(len(train)):
        changed = [1 - target if i == row else target for i, target in enumerate(targets)]
        moved = ~np.isclose(_codes(answer, train, changed, *rest)[0], codes, rtol=0, atol=1e-12, equal_nan=True)
        own = f"changing the target of training row {row} changes that row's own code: the answer is in its input."
        expect(not moved[row], own)
        early = f"the code of training row {int(moved.argmax())} depends on the target of row {row}, a later one."
        expect(not moved[:row].any(), f"{early} Use earlier rows only.")


def _ordered(
    train: list[str], targets: list[float], new: list[str], weight: float, prior: float
) -> tuple[list[float], list[float]]:
    """Return codes of training rows, each from the rows before it, and codes of new rows, from all."""
    seen: dict[str, list[float]] = defaultdict(list)
    codes = []
    for category, target in zip(train, targets, strict=True):
        codes.append((sum(seen[category]) + weight * prior) / (len(seen[category]) + weight))
        seen[category].append(target)
    return codes, [(sum(seen[c]) + weight * prior) / (len(seen[c]) + weight) for c in new]
