"""Multiclass logistic regression against PyTorch, scikit-learn and closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from largemodels.foundations.softmax_regression import SoftmaxRegression, cross_entropy, softmax


@given(st.integers(1, 5), st.integers(2, 4), st.floats(0.01, 1e4), st.integers(0, 10**6))
def test_softmax_agrees_with_pytorch(n, k, scale, seed):
    scores = scale * np.random.default_rng(seed).standard_normal((n, k))
    want = torch.softmax(torch.tensor(scores), dim=1).numpy()
    np.testing.assert_allclose(softmax(scores), want, atol=1e-12)


def test_cross_entropy_of_knowing_nothing_is_log_k():
    assert cross_entropy(np.full((6, 4), 0.25), np.array([0, 1, 2, 3, 0, 1])) == pytest.approx(np.log(4))


def test_gradients_agree_with_autograd():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.integers(0, 4, 20)
    model = SoftmaxRegression(rng.standard_normal((3, 4)), rng.standard_normal(4))
    W, b = (torch.tensor(p, requires_grad=True) for p in (model.W, model.b))
    torch.nn.functional.cross_entropy(torch.tensor(X) @ W + b, torch.tensor(y)).backward()
    dW, db = model.gradients(X, y)
    np.testing.assert_allclose(dW, W.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(db, b.grad.numpy(), atol=1e-12)


def test_descent_arrives_where_scikit_learn_does():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((300, 2))
    y = (X @ [1.0, -2.0] + rng.logistic(size=300) > 0).astype(int)
    model = SoftmaxRegression.zeros(2, 2)
    losses = model.descend(X, y, steps=4000, rate=1.0)
    library = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    assert losses[0] == pytest.approx(np.log(2))
    assert np.all(np.diff(losses) <= 1e-15)
    np.testing.assert_allclose(model.probabilities(X), library.predict_proba(X), atol=1e-5)
    np.testing.assert_array_equal(model.predict(X), library.predict(X))
