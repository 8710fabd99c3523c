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
    draws = [np.asarray(call(answer, np.arange(12), 0.25, s)) for s in range(60)]
    expect(len({d.tobytes() for d in draws}) > 1, "all seeds give the same split: shuffle the patients with the seed.")
    tested = np.mean(draws, axis=0)
    expect(
        tested.min() > 0.05 and tested.max() < 0.5,
        "over many seeds some patients are tested far more often than others.",
    )
    return "no patient is on both sides, and the shares are right."


def threshold(answer: Any, rng: np.random.Generator) -> str:
    """Judge the cheapest threshold by the cost that it leads to."""
    for case in range(30):
        p, y = _held_out(rng)
        miss, alarm = float(rng.integers(1, 30)), float(rng.integers(1, 5))
        if case % 3 == 0:  # a case where nobody may be left out
            y[np.argmin(p)], miss = 1, 500.0
        got = call(answer, p.copy(), y.copy(), miss, alarm)
        expect(np.ndim(got) == 0 and np.isfinite(got), "the answer must be one number, the threshold.")
        best = min(_cost(p, y, t, miss, alarm) for t in (-1.0, *p))
        cost = _cost(p, y, float(got), miss, alarm)
        expect(
            cost <= best + 1e-9,
            f"with miss={miss:g} and alarm={alarm:g} your threshold {float(got):.4f} costs {cost:g} on {len(p)} "
            f"patients, and {best:g} is possible: positive means p > t. Did you weigh the two mistakes, and try "
            "thresholds below the smallest p?",
        )
    return "no threshold is cheaper on any of 30 data sets."


def leaky_accuracy(answer: Any, rng: np.random.Generator) -> str:
    """Judge a measurement of the leak by how it behaves as the columns grow, and from seed to seed."""
    seeds = [int(s) for s in rng.integers(0, 10**6, 8)]
    rates = {n: [float(call(answer, n, s)) for s in seeds] for n in (20, 200, 5000)}
    _expect_leak(*(float(np.mean(rates[n])) for n in rates))
    again = [float(call(answer, 200, s)) for s in seeds[:4]]
    expect(again == rates[200][:4], "the same seed gives two different numbers.")
    expect(len(set(rates[5000])) > 1, "every seed gives the same number: draw noise and coins from default_rng(seed).")
    parts = np.round(100 * np.array(rates[200]), 6) % 1
    expect(not parts.any(), "with 100 coins, five folds of 20 give whole percentages: judge every coin once (cv=5).")
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
    alone = np.concatenate([np.asarray(call(answer, p[None].copy()), dtype=float) for p in fresh_points[:10]])
    expect(
        alone.shape == test[:10].shape and np.allclose(alone, test[:10]),
        "a point's features change with the company it is in: compute each row from its own point alone.",
    )
    accuracy = LogisticRegression(C=1e4, max_iter=5000).fit(train, labels).score(test, fresh_labels)
    expect(
        accuracy >= 0.99,
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
    got = len(set(patients[mask]))
    expect(
        abs(got - share * n_patients) < 1,
        f"{got} of {n_patients} patients are in the test set for share={share}: count patients, not slides.",
    )


def _expect_leak(few: float, some: float, many: float) -> None:
    expect(
        0.4 < few < 0.6,
        f"with 20 columns there is nothing to pick, so expect about 50 %; yours gives {few:.0%}. Is the accuracy "
        "cross-validated?",
    )
    expect(
        0.78 < many < 0.95,
        f"with 5,000 columns the leak should reach some 85 to 90 %; yours gives {many:.0%}. The best 20 columns must "
        "be picked with all labels, before the split.",
    )
    expect(few < some < many, f"the leak should grow with the columns; yours: {few:.0%}, {some:.0%}, {many:.0%}.")


def _held_out(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities, some of them equal, in a wide or a narrow band, and truths that follow them."""
    n = int(rng.integers(5, 60))
    low, width = rng.choice([(0.0, 1.0), (0.3, 0.7), (0.0, 0.009)])
    rank = rng.uniform(0, 1, n)
    rank[: n // 3] = rng.choice(rank, n // 3)
    return np.round(low + width * rank, 4), (rng.uniform(0, 1, n) < rank**2).astype(int)


def _cost(p: np.ndarray, y: np.ndarray, t: float, miss: float, alarm: float) -> float:
    return float(miss * (y[p <= t] == 1).sum() + alarm * (y[p > t] == 0).sum())


def _rings(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat([0, 1, 2], 60)
    radius = np.array([0.5, 1.5, 2.5])[labels] + rng.uniform(-0.35, 0.35, labels.size)
    angle = rng.uniform(0, 2 * np.pi, labels.size)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels
