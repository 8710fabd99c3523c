"""Checkers of the exercises of foundations/pipeline."""

import warnings
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from largemodels.core.checker import Wrong, call, expect, expect_close
from largemodels.foundations.framing import BEDS, CHURN, expect_framing


def churn(answer: Any, rng: np.random.Generator) -> str:  # noqa: ARG001
    """Judge the framing of the phone company's question."""
    return expect_framing(answer, CHURN)


def beds(answer: Any, rng: np.random.Generator) -> str:  # noqa: ARG001
    """Judge the framing of the hospital's question."""
    return expect_framing(answer, BEDS)


def softmax(answer: Any, rng: np.random.Generator) -> str:
    """Judge a numerically safe softmax."""
    for scale in (1.0, 30.0, 1e4):
        scores = scale * rng.standard_normal((int(rng.integers(2, 6)), int(rng.integers(2, 5))))
        got = _quietly(answer, scores.copy())
        where = f"for scores of size {scale:g}"
        expect_close(got, _softmax_exact(scores), 1e-12, where=where, hint=_softmax_hint(got, scores))
    return "rows sum to one, and large scores are safe."


def group_split(answer: Any, rng: np.random.Generator) -> str:
    """Judge a split that keeps each patient on one side."""
    for _ in range(20):
        numbers = rng.choice(1000, size=int(rng.integers(8, 30)), replace=False)
        patients = rng.permutation(np.concatenate([numbers, rng.choice(numbers, size=40)]))
        share, seed = float(rng.choice([0.2, 0.25, 0.5])), int(rng.integers(1000))
        mask = _as_mask(call(answer, patients.copy(), share, seed), patients)
        _expect_whole_patients(mask, patients, share)
        again = np.asarray(call(answer, patients.copy(), share, seed))
        expect(
            np.array_equal(mask, again),
            "the same seed gives two different splits: draw from default_rng(seed).",
        )
    many = {np.asarray(call(answer, patients.copy(), share, s)).tobytes() for s in range(20)}
    expect(
        len(many) > 1,
        "all seeds give the same split: shuffle the patients with the seed before you take some.",
    )
    return "no patient is on both sides, and the shares are right."


def threshold(answer: Any, rng: np.random.Generator) -> str:
    """Judge the cheapest threshold by the cost that it leads to."""
    for _ in range(30):
        n = int(rng.integers(5, 60))
        p = np.round(rng.uniform(0, 1, n), 2)  # rounded, so that some are equal
        y = (rng.uniform(0, 1, n) < p**2).astype(int)
        miss, alarm = float(rng.integers(1, 30)), float(rng.integers(1, 5))
        got = call(answer, p.copy(), y.copy(), miss, alarm)
        expect(np.ndim(got) == 0 and np.isreal(got), "the answer must be one number, the threshold.")
        best = min(_cost(p, y, t, miss, alarm) for t in (-1.0, *p))
        cost = _cost(p, y, float(got), miss, alarm)
        expect(
            cost <= best + 1e-9,
            f"with miss={miss:g} and alarm={alarm:g} your threshold {float(got):.3f} costs {cost:g} on {n} patients, "
            f"and {best:g} is possible: did you weigh the two mistakes, and try thresholds below the smallest p?",
        )
    return "no threshold is cheaper on any of 30 data sets."


def leaky_accuracy(answer: Any, rng: np.random.Generator) -> str:
    """Judge a measurement of the leak by how it behaves as the columns grow."""
    seeds = [int(s) for s in rng.integers(0, 10**6, 8)]
    few, some, many = (np.mean([float(call(answer, n, s)) for s in seeds]) for n in (20, 200, 5000))
    expect(
        0.4 < few < 0.6,
        f"with 20 columns there is nothing to pick, so expect about 50 %; yours gives {few:.0%}. Are there fifty of "
        "each coin, and is the accuracy cross-validated?",
    )
    expect(
        many > 0.75,
        f"with 5,000 columns the leak should reach some 85 to 90 %; yours gives {many:.0%}. The 20 columns "
        "must be picked with all labels, before the split.",
    )
    expect(
        few < some < many,
        f"the leak should grow with the columns; yours gives {few:.0%}, {some:.0%}, {many:.0%} for 20, 200 and 5,000.",
    )
    return "nothing to find with 20 columns, and more to find in noise the more columns there are."


def rings(answer: Any, rng: np.random.Generator) -> str:
    """Judge features by what logistic regression makes of them on fresh rings."""
    points, labels = _rings(rng)
    fresh_points, fresh_labels = _rings(rng)
    train, test = (np.asarray(call(answer, p.copy()), dtype=float) for p in (points, fresh_points))
    expect(
        train.ndim == 2 and len(train) == len(points) and train.shape[1] <= 3,
        f"the features must have the shape (n, d) with d at most 3; for n = {len(points)} yours have {train.shape}.",
    )
    accuracy = LogisticRegression(C=1e4, max_iter=5000).fit(train, labels).score(test, fresh_labels)
    expect(
        accuracy >= 0.95,
        f"on your features, straight lines are right {accuracy:.0%} of the time: what do all points of a ring share?",
    )
    return "straight lines on your features part the rings, on fresh points too."


def _quietly(answer: Any, scores: np.ndarray) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = call(answer, scores)
    if caught:
        raise Wrong(
            f"for scores up to {scores.max():.0f} NumPy warns “{caught[0].message}”: subtract each row's largest "
            "score before the exponential."
        )
    return got


def _softmax_exact(scores: np.ndarray) -> np.ndarray:
    shifted = scores.astype(np.longdouble) - scores.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    return (e / e.sum(axis=1, keepdims=True)).astype(float)


def _softmax_hint(got: Any, scores: np.ndarray) -> str:
    if np.shape(got) == scores.shape and not np.allclose(np.sum(got, axis=1), 1):
        return "Each row must sum to 1: sum over axis=1, and keep the dimension."
    return "Shift each row by its own largest score."


def _as_mask(got: Any, patients: np.ndarray) -> np.ndarray:
    mask = np.asarray(got)
    expect(
        mask.dtype == bool and mask.shape == patients.shape,
        f"return one True or False a slide, shape {patients.shape}; yours is {mask.dtype} of shape {mask.shape}.",
    )
    return mask


def _expect_whole_patients(mask: np.ndarray, patients: np.ndarray, share: float) -> None:
    both = set(patients[mask]) & set(patients[~mask])
    expect(not both, f"patient {min(both, default='')} has slides on both sides: draw patients, not slides.")
    n_patients = len(set(patients))
    got, want = len(set(patients[mask])), round(share * n_patients)
    expect(
        got == want,
        f"{got} of {n_patients} patients are in the test set, expected {want} for share={share}: count patients, "
        "not slides.",
    )


def _cost(p: np.ndarray, y: np.ndarray, t: float, miss: float, alarm: float) -> float:
    return float(miss * (y[p <= t] == 1).sum() + alarm * (y[p > t] == 0).sum())


def _rings(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat([0, 1, 2], 60)
    radius = np.array([0.5, 1.5, 2.5])[labels] + rng.uniform(-0.35, 0.35, labels.size)
    angle = rng.uniform(0, 2 * np.pi, labels.size)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels
