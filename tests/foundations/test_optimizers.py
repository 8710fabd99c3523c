"""Our optimizers against PyTorch's, step by step, in double precision."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.foundations import optimizers

STEPS = 60
rates = st.floats(1e-4, 1.0)
decays = st.just(0.0) | st.floats(0.5, 0.999)  # PyTorch's way to mix m and g loses digits at a beta of 1e-8
tiny = st.sampled_from([1e-10, 1e-8, 1e-3])
seeds = st.integers(0, 10**6)


def assert_same_paths(mine, theirs, seed):
    """Give both the same gradients, of changing size and sometimes none, and compare after each step."""
    generator = torch.Generator().manual_seed(seed)
    start = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in [(3, 2), (4,), ()]]
    ours, others = ([p.clone().requires_grad_() for p in start] for _ in range(2))
    mine, theirs = mine(ours), theirs(others)
    for step in range(STEPS):
        for i, (p, q) in enumerate(zip(ours, others, strict=True)):
            g = torch.randn(p.shape, generator=generator, dtype=torch.float64) * 10 ** (step % 5 - 2)
            absent = i == 1 and step % 3 == 0
            p.grad, q.grad = (None, None) if absent else (g, g.clone())
        mine.step()
        theirs.step()
        for p, q in zip(ours, others, strict=True):
            torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(rates, decays, seeds)
def test_sgd(lr, momentum, seed):
    assert_same_paths(
        lambda ps: optimizers.SGD(ps, lr, momentum), lambda ps: torch.optim.SGD(ps, lr, momentum=momentum), seed
    )


@settings(max_examples=25, deadline=None)
@given(rates, tiny, seeds)
def test_adagrad(lr, eps, seed):
    assert_same_paths(lambda ps: optimizers.Adagrad(ps, lr, eps), lambda ps: torch.optim.Adagrad(ps, lr, eps=eps), seed)


@settings(max_examples=25, deadline=None)
@given(rates, decays, tiny, seeds)
def test_rmsprop(lr, beta, eps, seed):
    assert_same_paths(
        lambda ps: optimizers.RMSprop(ps, lr, beta, eps),
        lambda ps: torch.optim.RMSprop(ps, lr, alpha=beta, eps=eps),
        seed,
    )


@settings(max_examples=25, deadline=None)
@given(rates, decays, decays, tiny, seeds)
def test_adam(lr, beta1, beta2, eps, seed):
    assert_same_paths(
        lambda ps: optimizers.Adam(ps, lr, (beta1, beta2), eps),
        lambda ps: torch.optim.Adam(ps, lr, (beta1, beta2), eps),
        seed,
    )


@settings(max_examples=25, deadline=None)
@given(rates, decays, decays, tiny, st.floats(0, 0.5), seeds)
def test_adamw(lr, beta1, beta2, eps, decay, seed):
    assert_same_paths(
        lambda ps: optimizers.AdamW(ps, lr, (beta1, beta2), eps, decay),
        lambda ps: torch.optim.AdamW(ps, lr, (beta1, beta2), eps, decay),
        seed,
    )


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_defaults_and_a_real_loss_agree_with_pytorch(name):
    generator = torch.Generator().manual_seed(1)
    X = torch.randn(30, 4, generator=generator, dtype=torch.float64)
    y = X @ torch.arange(4.0, dtype=torch.float64)
    w, u = (torch.ones(4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    mine, theirs = getattr(optimizers, name)([w], 0.01), getattr(torch.optim, name)([u], 0.01)
    for _ in range(STEPS):
        for parameter, optimizer in [(w, mine), (u, theirs)]:
            optimizer.zero_grad()
            ((X @ parameter - y) ** 2).mean().backward()
            optimizer.step()
        torch.testing.assert_close(w, u, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(w, torch.ones_like(w), atol=0.05)


def test_zero_grad_forgets():
    p = torch.ones(2, requires_grad=True)
    optimizer = optimizers.SGD([p], 0.1)
    for _ in range(2):
        optimizer.zero_grad()
        p.sum().backward()
    assert p.grad.tolist() == [1.0, 1.0]


def test_nothing_to_train_and_a_bad_rate_are_refused():
    with pytest.raises(ValueError, match="nothing to train"):
        optimizers.Adam(iter([]), 0.1)
    for lr in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            optimizers.SGD([torch.ones(1)], lr)


def test_an_optimizer_without_a_rule_says_so():
    p = torch.ones(1, requires_grad=True)
    p.sum().backward()
    with pytest.raises(NotImplementedError, match="Optimizer needs a direction"):
        optimizers.Optimizer([p], 0.1).step()
