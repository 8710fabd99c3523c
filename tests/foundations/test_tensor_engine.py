"""The tensor engine against PyTorch in double precision."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from largemodels.foundations import tensor_engine
from largemodels.foundations.tensor_engine import Tensor, cross_entropy, sum_to_shape

BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": lambda a, b: a / (b * b + 1.0),
    "r-": lambda a, b: 2.0 - a * b,
    "r÷": lambda a, b: 2.0 / (a * a + b * b + 1.0),
}
UNARY = {
    "exp": lambda a: a.exp(),
    "log": lambda a: (a * a + 0.5).log(),
    "tanh": lambda a: a.tanh(),
    "relu": lambda a: a.relu(),
    "cube": lambda a: a**3,
    "negative": lambda a: -a,
}


def assert_same_gradients(f, *arrays):
    """Compare f's value and gradients, through a random projection to one number, with PyTorch's."""
    ours = [Tensor(x) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    a, b = f(*ours), f(*theirs)
    np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-12, atol=1e-12)
    weights = np.random.default_rng(0).standard_normal(a.shape)
    (a * weights).sum().backward()
    (b * torch.tensor(weights)).sum().backward()
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.grad.shape == mine.data.shape
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-10, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4), st.integers(0, 10**6))
@pytest.mark.parametrize("name", sorted(BINARY))
def test_binary_operations_broadcast_like_pytorch(name, shapes, seed):
    rng = np.random.default_rng(seed)
    assert_same_gradients(BINARY[name], *(rng.standard_normal(s) for s in shapes.input_shapes))


@pytest.mark.parametrize("name", sorted(UNARY))
def test_unary_operations(name):
    assert_same_gradients(UNARY[name], np.random.default_rng(1).standard_normal((3, 4)))


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a @ b,
        lambda a, b: (a @ b).sum(0) * a.sum(),
        lambda a, b: (a.reshape(4, 3) * b).sum(1),
        lambda a, b: a[1] * b[:, 1] + b[2, 0],
    ],
)
def test_matrices_sums_shapes_and_indices(f):
    rng = np.random.default_rng(2)
    assert_same_gradients(f, rng.standard_normal((3, 4)), rng.standard_normal((4, 3)))


def test_an_element_taken_twice_receives_twice():
    a = Tensor([1.0, 2.0, 3.0])
    a[np.array([0, 0, 2])].sum().backward()
    np.testing.assert_array_equal(a.grad, [2, 0, 1])


@given(st.integers(1, 6), st.integers(2, 5), st.floats(0.1, 500), st.integers(0, 10**6))
@settings(deadline=None)
def test_cross_entropy_agrees_with_pytorch_even_for_large_scores(n, k, scale, seed):
    rng = np.random.default_rng(seed)
    scores, labels = scale * rng.standard_normal((n, k)), rng.integers(0, k, n)
    ours, theirs = Tensor(scores), torch.tensor(scores, requires_grad=True)
    a, b = cross_entropy(ours, labels), torch.nn.functional.cross_entropy(theirs, torch.tensor(labels))
    a.backward()
    b.backward()
    assert a.data == pytest.approx(b.item(), rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), atol=1e-12)


def test_mean_and_repeated_backward():
    a = Tensor([[1.0, 2.0], [3.0, 4.0]])
    root = (a * a).mean()
    root.backward()
    root.backward()
    np.testing.assert_allclose(a.grad, a.data / 2)


def test_numpy_array_on_the_left_asks_the_tensor():
    a = Tensor([1.0, 2.0])
    product = np.array([3.0, 4.0]) * a
    assert isinstance(product, Tensor)
    product.sum().backward()
    np.testing.assert_array_equal(a.grad, [3, 4])


def test_backward_from_an_array_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"one number, such as a loss; this has shape \(2,\)"):
        Tensor([1.0, 2.0]).backward()


def test_sum_to_shape_is_the_transpose_of_broadcasting():
    rng = np.random.default_rng(3)
    for shape, big in [((3, 1), (2, 3, 4)), ((), (2, 2)), ((1, 1), (5, 6)), ((4,), (4,))]:
        x, g = rng.standard_normal(shape), rng.standard_normal(big)
        assert np.sum(np.broadcast_to(x, big) * g) == pytest.approx(np.sum(x * sum_to_shape(g, shape)))


def test_the_engine_is_at_most_two_hundred_lines():
    with open(tensor_engine.__file__, encoding="utf-8") as source:
        assert len(source.readlines()) <= 200
