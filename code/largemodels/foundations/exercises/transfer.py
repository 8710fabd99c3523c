"""Checkers of the exercises of foundations/transfer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from largemodels.core.checker import call, expect, expect_close, expect_numbers, perform

Slopes = Callable[[np.ndarray], np.ndarray]


def work(answer: Any, rng: np.random.Generator) -> str:
    """Judge the multiply-adds of a full and of a separable convolution."""
    fixed = [(1, 1, 3, 1), (64, 128, 3, 56), (240, 40, 5, 7)]
    drawn = [tuple(int(v) for v in rng.integers((2, 2, 2, 2), (300, 300, 8, 60))) for _ in range(20)]
    for inside, outside, k, side in fixed + drawn:
        two = "return two numbers: the full one's and the two parts'."
        got = expect_numbers(call(answer, inside, outside, k, side), two)
        expect(got.shape == (2,), two)
        places = side**2
        full, parts = places * k**2 * inside * outside, places * (k**2 * inside + inside * outside)
        where = f"for {inside} channels in, {outside} out, filters of {k} and a side of {side},"
        hint = "Each of side · side places has `outside` numbers, and each of them sums over k · k · inside."
        expect_close(got[0], full, 0, where=where, what="the full convolution has", hint=hint)
        hint = "Looking costs k · k at each place of each channel in; mixing costs inside · outside at each place."
        expect_close(got[1], parts, 0, where=where, what="the two parts have", hint=hint)
    return "the full one multiplies k · k and the channels out, the two parts add them."


def gray_filters(answer: Any, rng: np.random.Generator) -> str:
    """Judge filters for gray images by what they answer to gray images."""
    for _ in range(6):
        outside, k, side = (int(v) for v in rng.integers((2, 1, 8), (9, 6, 12)))
        W = torch.tensor(rng.standard_normal((outside, 3, k, k)))
        got = call(answer, W.clone())
        expect(torch.is_tensor(got), "return a tensor, as PyTorch's layers have it.")
        want = (outside, 1, k, k)
        found = tuple(got.shape)
        expect(found == want, f"for filters {tuple(W.shape)} yours have shape {found}: make it {want}.")
        gray = torch.tensor(rng.random((2, 1, side, side)))
        hint = "Red, green and blue are alike in a gray image, so their weights meet the same pixel: add them up."
        colored = F.conv2d(gray.expand(-1, 3, -1, -1), W)
        expect_close(F.conv2d(gray, got), colored, 1e-9, where="on gray images", what="your filters give", hint=hint)
    return "the same answers to gray images, for a third of the weights."


def freeze(answer: Any, rng: np.random.Generator) -> str:
    """Judge a frozen trunk by a step of training that must leave it as it was."""
    torch.manual_seed(int(rng.integers(10**6)))
    trunk = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Sequential(nn.Conv2d(4, 5, 3), _norm(5)))
    model = nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    perform(answer, trunk)
    frozen = [weight.requires_grad for weight in model.parameters()]
    expect(all(frozen[-2:]), "the classifier no longer learns: freeze the trunk alone.")
    _train_a_step(model)
    after = model.state_dict()
    expect(after.keys() == before.keys(), "numbers of the model are gone from its state_dict(): keep them all.")
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    weights = sorted(name for name, weight in trunk.named_parameters() if f"0.{name}" in moved)
    expect(not weights, f"a step of training moves {_some(weights)} of the trunk: set requires_grad of each to False.")
    statistics = sorted(name for name in trunk.state_dict() if f"0.{name}" in moved)
    hint = "batch norm measures as long as it trains, gradients or not: switch it to eval()"
    expect(not statistics, f"one batch moves {_some(statistics)}: {hint}.")
    expect({"3.weight", "3.bias"} <= moved, "the classifier does not learn: leave what is not in the trunk alone.")
    return "neither a step nor a batch moves the trunk, and the classifier learns."


def share_out(answer: Any, rng: np.random.Generator) -> str:
    """Judge integrated gradients on functions whose shares are known, and by completeness."""
    for case in range(6):
        n = int(rng.integers(2, 7))
        x, baseline, w = rng.uniform(0.5, 2, n), rng.uniform(-1, 1, n) * (case > 0), rng.uniform(-2, 2, n)
        powers = rng.integers(2, 5, n)
        got = call(answer, _slopes(w, powers), x.copy(), baseline.copy(), 400)
        want = w * (x**powers - baseline**powers)  # a sum of powers: each number has a share of its own
        hint = "Average the slopes over the points of the way, and multiply by x - baseline, number by number."
        if expect_numbers(got, "return an array of numbers, as many as x has.").shape == x.shape:
            total = float(np.sum(got))
            hint += f" The shares must add up to f(x) - f(baseline), {want.sum():.3f}, and yours to {total:.3f}."
        where = f"for the slopes of {_formula(w, powers)}, from {np.round(baseline, 2)} to {np.round(x, 2)},"
        expect_close(got, want, 0.02, where=where, what="the shares are", hint=hint)
    _expect_interaction(answer, rng)
    return "the shares add up to the rise of the score, to what the steps allow."


def order_correlation(answer: Any, rng: np.random.Generator) -> str:
    """Judge Spearman's correlation of two pictures."""
    for case in range(8):
        shape = tuple(int(v) for v in rng.integers(3, 9, 2))
        a = rng.standard_normal(shape)
        b = np.exp(3 * a) if case == 0 else rng.uniform(-1, 1) * a + rng.standard_normal(shape)
        ranks = np.array([np.searchsorted(np.sort(p.ravel()), p.ravel()) for p in (a, b)])
        want = np.corrcoef(ranks)[0, 1]
        got = call(answer, a.copy(), b.copy())
        hint = "A rank is a number's place in the sorted row: argsort of argsort; once gives the order, not the ranks."
        if case == 0:
            hint = "b grows wherever a grows, so order says 1: replace each number by its rank before you correlate."
        expect_close(got, want, 1e-9, where=f"for two pictures of {shape},", hint=hint)
    return "only the order counts."


def overlap(answer: Any, rng: np.random.Generator) -> str:
    """Judge the share of the strongest pixels that two pictures have in common."""
    for share, side in ((0.1, 20), (0.25, 20), (0.5, 20), (0.13, 11), (0.07, 13)):  # also not whole
        a = rng.permutation(side**2).reshape(side, side).astype(float) - side
        b = a * (rng.random((side, side)) < 0.7) + rng.random((side, side))
        count = round(share * a.size)
        tops = [set(np.argsort(p.ravel())[-count:].tolist()) for p in (a, b)]
        got = call(answer, a.copy(), b.copy(), share)
        hint = "Count the pixels that are among the strongest of both, and divide by how many are strongest in one."
        if np.isclose(float(expect_numbers(got, "return a number.").sum()), len(tops[0] & tops[1]) / a.size):
            hint = "Divide by the number of strongest pixels, not of all: a picture and itself must give 1."
        expect_close(got, len(tops[0] & tops[1]) / count, 1e-9, where=f"for a share of {share},", hint=hint)
    return "1 for the same pixels, and the share itself for chance."


def _norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch norm that has already learned something."""
    layer = nn.BatchNorm2d(channels)
    nn.init.uniform_(layer.weight, 0.5, 1.5)
    return layer


def _train_a_step(model: nn.Module) -> None:
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.SGD(learning, 0.1)
    loss = F.cross_entropy(model(1 + torch.rand(6, 3, 8, 8)), torch.arange(6) % 2)
    loss.backward()
    optimizer.step()


def _some(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3])


def _slopes(w: np.ndarray, powers: np.ndarray) -> Slopes:
    return lambda x: w * powers * np.asarray(x, float) ** (powers - 1)


def _formula(w: np.ndarray, powers: np.ndarray) -> str:
    terms = (f"{factor:.1f} x{i}^{power}" for i, (factor, power) in enumerate(zip(w, powers, strict=True)))
    return "f = " + " + ".join(terms)


def _expect_interaction(answer: Any, rng: np.random.Generator) -> None:
    """Try a product of two numbers: from 0, each has half of it."""
    x = rng.uniform(1, 3, 2)
    got = call(answer, lambda at: np.array([at[1], at[0]]), x.copy(), np.zeros(2), 400)
    hint = "The slopes must be taken on the straight way, at all numbers of x moved together."
    expect_close(
        got, np.full(2, x.prod() / 2), 0.02, where="for f = x0 · x1, from 0,", what="the shares are", hint=hint
    )
