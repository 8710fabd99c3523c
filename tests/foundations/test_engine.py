"""The scalar engine against PyTorch, a closed form, and its own promises."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.foundations import engine
from largemodels.foundations.engine import Value, dot, topological_order
from largemodels.foundations.expressions import OPERATIONS, random_expression

reals = st.floats(-3, 3, allow_nan=False, width=64)


@settings(max_examples=200, deadline=None)
@given(st.lists(reals, min_size=1, max_size=6), st.integers(0, 60), st.integers(0, 10**9))
def test_agrees_with_pytorch_on_random_expressions(numbers, n_operations, seed):
    ours = [Value(x) for x in numbers]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    a, b = random_expression(ours, n_operations, seed), random_expression(theirs, n_operations, seed)
    a.backward()
    b.backward()
    assert a.data == pytest.approx(b.item(), rel=1e-12, abs=1e-12)
    for mine, other in zip(ours, theirs, strict=True):
        want = 0.0 if other.grad is None else other.grad.item()
        assert abs(mine.grad - want) <= 1e-12 * max(1.0, abs(want))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@given(reals, reals)
def test_each_operation_agrees_with_pytorch(name, x, y):
    ours = Value(x), Value(y)
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, y)]
    OPERATIONS[name](*ours).backward()
    OPERATIONS[name](*theirs).backward()
    for mine, other in zip(ours, theirs, strict=True):
        want = other.grad.item()
        assert abs(mine.grad - want) <= 1e-12 * max(1.0, abs(want))


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda v: 3 - v, lambda x: -1.0),
        (lambda v: 3 / v, lambda x: -3 / x**2),
        (lambda v: v / 4, lambda x: 0.25),
        (lambda v: 2 * v + 1 + v, lambda x: 3.0),
        (lambda v: -v, lambda x: -1.0),
        (lambda v: v**-2, lambda x: -2 * x**-3),
        (lambda v: v.log(), lambda x: 1 / x),
        (lambda v: v.exp(), math.exp),
        (lambda v: dot([v, v], [v, Value(2.0)]), lambda x: 2 * x + 2),
    ],
)
def test_slope_is_the_closed_form(f, slope):
    v = Value(1.7)
    f(v).backward()
    assert v.grad == pytest.approx(slope(1.7), rel=1e-14)


def test_dot_is_one_node_with_two_edges_a_term():
    a, b = [Value(x) for x in (1.0, 2.0, 3.0)], [Value(x) for x in (4.0, 5.0, 6.0)]
    node = dot(a, b)
    node.backward()
    assert node.data == 32
    assert len(node.parents) == 6
    assert [v.grad for v in a] == [4, 5, 6]
    assert [v.grad for v in b] == [1, 2, 3]


def test_backward_twice_gives_the_same_gradients():
    a = Value(2.0)
    root = a * a + a
    root.backward()
    root.backward()
    assert a.grad == 5


def test_a_chain_deeper_than_the_recursion_limit():
    value = start = Value(1.0)
    for _ in range(20_000):
        value = value + 1e-4
    value.backward()
    assert start.grad == 1


def test_order_puts_each_node_once_and_after_its_parents():
    a = Value(1.0)
    b = a * a
    c = b + a
    order = list(topological_order(c * b))
    assert len(order) == len(set(order)) == 4
    assert all(order.index(p) < order.index(n) for n in order for p in n.parents)


def test_the_engine_is_at_most_a_hundred_lines():
    with open(engine.__file__, encoding="utf-8") as source:
        assert len(source.readlines()) <= 100


def test_log_of_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="domain|positive"):
        Value(-1.0).log()


def test_random_expression_is_the_same_for_the_same_seed():
    leaves = [Value(x) for x in np.linspace(-1, 1, 4)]
    first, again, other = (random_expression(leaves, 30, seed).data for seed in (1, 1, 2))
    assert first == again != other
