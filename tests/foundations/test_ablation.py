"""Ways to train, compared: the loop, the schedule, early stopping and the paired gain."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from largemodels.foundations.ablation import Recipe, by_epoch, keep_best, learn, paired_gain
from largemodels.foundations.fitting import accuracy, minibatches


def blobs(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (n,), generator=draw)
    return torch.randn(n, 2, generator=draw) + 2 * torch.stack([y == 1, y == 2], 1), y


def linear(seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(2, 3)


def test_learning_is_the_loop_that_anyone_would_write():
    X, y = blobs(70, 0)
    ours, theirs = linear(), linear()
    learn(ours, (X, y), Recipe(epochs=3, rate=0.3, decay=0.1, size=20, schedule=lambda t: 1 - t), seed=5)
    draw, step, steps = torch.Generator().manual_seed(5), 0, 3 * 4
    for _ in range(3):
        for X_b, y_b in minibatches(X, y, 20, draw):
            slopes = torch.autograd.grad(F.cross_entropy(theirs(X_b), y_b), list(theirs.parameters()))
            with torch.no_grad():
                for p, slope in zip(theirs.parameters(), slopes, strict=True):
                    p -= 0.3 * (1 - step / steps) * (slope + 0.1 * p)
            step += 1
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_batches_are_augmented_anew_with_the_seeds_generator():
    seen = []

    def note(X, generator):
        seen.append((X.shape, torch.rand(1, generator=generator).item()))
        return X * 0  # nothing left to learn from

    net = linear()
    losses = learn(net, blobs(50, 0), Recipe(epochs=2, rate=0.0, size=25, augment=note), seed=1)
    assert [shape for shape, _ in seen] == [(25, 2)] * 4
    assert len({drawn for _, drawn in seen}) == 4
    y = blobs(50, 0)[1]
    expected = F.cross_entropy(net.bias.expand(50, 3), y).item()
    assert np.mean(losses[:2]) == pytest.approx(expected, rel=1e-5)


def test_where_no_epoch_is_better_the_first_is_kept():
    net = linear(3)
    before = net.weight.clone()
    assert keep_best(net, blobs(40, 1), blobs(200, 2), Recipe(epochs=4, rate=0.0), seed=0) == 1
    assert torch.equal(net.weight, before)


def test_early_stopping_is_no_worse_on_held_out_data_than_any_epoch_of_the_same_training():
    train_set, held = blobs(30, 1), blobs(100, 2)
    recipe = Recipe(epochs=8, rate=3.0, size=5, schedule=lambda t: 1 - t / 2)
    net, other = linear(4), linear(4)
    best = keep_best(net, train_set, held, recipe, seed=2)
    scores = [accuracy(other, *held) for _ in by_epoch(other, train_set, recipe, seed=2)]
    assert len(set(scores)) > 1
    assert accuracy(net, *held) == max(scores)
    assert best == 1 + int(np.argmax(scores))


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=20))
def test_a_paired_gain_is_the_mean_difference_and_its_standard_error(pairs):
    before, after = zip(*pairs, strict=True)
    gain, doubt = paired_gain(before, after)
    differences = [b - a for a, b in pairs]
    assert gain == pytest.approx(sum(differences) / len(pairs), abs=1e-9)
    spread = math.sqrt(sum((d - gain) ** 2 for d in differences) / (len(pairs) - 1))
    assert doubt == pytest.approx(spread / math.sqrt(len(pairs)), abs=1e-9)
