"""Convolution by loops and by im2col against PyTorch, forward and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from largemodels.foundations.convolution import col2im, conv2d_im2col, conv2d_loops, im2col, pad

WAYS = [conv2d_loops, conv2d_im2col]


@st.composite
def cases(draw):
    """Draw an image, filters, biases, a stride and a padding that fit."""
    channels, filters, stride = (draw(st.integers(1, 3)) for _ in range(3))
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    padding = draw(st.integers(0, 3))
    height = draw(st.integers(max(1, rows - 2 * padding), 9))
    width = draw(st.integers(max(1, columns - 2 * padding), 9))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    x = rng.standard_normal((channels, height, width))
    W = rng.standard_normal((filters, channels, rows, columns)) / np.sqrt(channels * rows * columns)
    return x, W, rng.standard_normal(filters), stride, padding


def by_torch(x, W, b, stride, padding):
    x, W, b = (torch.from_numpy(array) for array in (x, W, b))
    return F.conv2d(x[None], W, b, stride, padding)[0].numpy()


@pytest.mark.parametrize("conv2d", WAYS)
@settings(deadline=None, max_examples=60)
@given(case=cases())
def test_agrees_with_pytorch_in_double_precision(conv2d, case):
    np.testing.assert_allclose(conv2d(*case), by_torch(*case), rtol=0, atol=1e-12)


@pytest.mark.parametrize("conv2d", WAYS)
def test_agrees_with_pytorch_in_single_precision(conv2d):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 20, 17)).astype(np.float32)
    W = (rng.standard_normal((8, 3, 5, 5)) / np.sqrt(75)).astype(np.float32)
    b = rng.standard_normal(8).astype(np.float32)
    y = conv2d(x, W, b, 2, 1)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, by_torch(x, W, b, 2, 1), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("conv2d", WAYS)
def test_the_kernel_is_not_flipped(conv2d):
    x, W = np.zeros((1, 3, 3)), np.arange(9.0).reshape(1, 1, 3, 3)
    x[0, 0, 0] = 1
    assert conv2d(x, W, np.zeros(1)) == W[0, 0, 0, 0]


def test_im2col_writes_windows_as_columns():
    x = np.arange(9).reshape(1, 3, 3)
    np.testing.assert_array_equal(im2col(x, 2, 2), [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]])


def test_im2col_reads_views_rightly():
    x = np.random.default_rng(0).standard_normal((7, 6, 2))
    view = x.transpose(2, 1, 0)[:, ::-1]
    np.testing.assert_array_equal(im2col(view, 3, 2, 2), im2col(view.copy(), 3, 2, 2))


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(0, 10**6))
def test_col2im_is_the_transpose_of_im2col(case, seed):
    x, W, _, stride, padding = case
    x = pad(x, padding)
    X = im2col(x, *W.shape[2:], stride)
    G = np.random.default_rng(seed).standard_normal(X.shape)
    assert np.sum(X * G) == pytest.approx(np.sum(x * col2im(G, x.shape, *W.shape[2:], stride)), abs=1e-10)


@settings(deadline=None, max_examples=30)
@given(cases(), st.integers(0, 10**6))
def test_columns_carry_both_gradients(case, seed):
    x, W, b, stride, padding = case
    theirs = [torch.tensor(array, requires_grad=True) for array in (x, W)]
    y = F.conv2d(theirs[0][None], theirs[1], None, stride, padding)[0]
    G = np.random.default_rng(seed).standard_normal(tuple(y.shape))
    y.backward(torch.from_numpy(G))

    framed, G = pad(x, padding), G.reshape(len(W), -1)
    dW = G @ im2col(framed, *W.shape[2:], stride).T
    dx = col2im(W.reshape(len(W), -1).T @ G, framed.shape, *W.shape[2:], stride)
    inside = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    np.testing.assert_allclose(inside, theirs[0].grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(dW.reshape(W.shape), theirs[1].grad.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("shapes", "stride", "padding", "sentence"),
    [
        (((5, 5), (1, 1, 3, 3), (1,)), 1, 0, r"x has shape \(5, 5\) .* give x \(channels, height, width\)"),
        (((2, 5, 5), (1, 3, 3, 3), (1,)), 1, 0, "x has 2 channels and each filter 3"),
        (((1, 5, 5), (4, 1, 3, 3), (1,)), 1, 0, r"b has shape \(1,\); give one number for each filter, \(4,\)"),
        (((1, 5, 5), (1, 1, 3, 3), (1,)), 0, 0, "stride is 0 and the padding 0; use at least 1"),
        (((1, 5, 5), (1, 1, 3, 3), (1,)), 1, -1, "padding -1; use at least 1 and at least 0"),
        (
            ((1, 5, 2), (1, 1, 3, 5), (1,)),
            1,
            1,
            r"Filters of \(3, 5\) don't fit into an image of \(5, 2\) with padding 1",
        ),
    ],
)
@pytest.mark.parametrize("conv2d", WAYS)
def test_what_does_not_fit_is_refused_in_a_sentence(conv2d, shapes, stride, padding, sentence):
    x, W, b = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match=sentence):
        conv2d(x, W, b, stride, padding)
