"""Multiclass logistic regression: linear scores, softmax, cross-entropy, descent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores (n, k) into probabilities (n, k): positive, each row summing to 1."""
    shifted = scores - scores.max(axis=1, keepdims=True)  # so that exp can't overflow
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(P: np.ndarray, y: np.ndarray) -> float:
    """Return the mean surprise, in nats, of labels y (n,) under probabilities P (n, k)."""
    return float(-np.log(P[np.arange(len(y)), y]).mean())


@dataclass
class SoftmaxRegression:
    """A linear score for each class, by W (d, k) and b (k,), turned into probabilities."""

    W: np.ndarray
    b: np.ndarray

    @classmethod
    def zeros(cls, d: int, k: int) -> SoftmaxRegression:
        """Return the model that finds all k classes equally likely."""
        return cls(np.zeros((d, k)), np.zeros(k))

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each class for each row of X, (n, d) to (n, k)."""
        return softmax(X @ self.W + self.b)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the likeliest class of each row of X, (n, d) to (n,)."""
        return self.probabilities(X).argmax(axis=1)

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradients of the cross-entropy by W (d, k) and by b (k,)."""
        error = self.probabilities(X)  # (n, k)
        error[np.arange(len(y)), y] -= 1  # prediction minus truth
        return X.T @ error / len(y), error.mean(axis=0)

    def descend(self, X: np.ndarray, y: np.ndarray, steps: int, rate: float) -> list[float]:
        """Take `steps` steps down the gradient, in place; return the loss before each."""
        losses = []
        for _ in range(steps):
            losses.append(cross_entropy(self.probabilities(X), y))
            dW, db = self.gradients(X, y)
            self.W -= rate * dW
            self.b -= rate * db
        return losses
