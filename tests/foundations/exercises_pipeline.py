"""Checkers of foundations/pipeline: right answers pass, plausible wrong ones are told what is wrong."""

import numpy as np
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from largemodels.foundations.softmax_regression import softmax

CHURN = {
    "target": "left within 30 days",
    "features": ["contract_type", "calls_last_month", "complaints_last_90_days", "months_as_customer"],
    "leaks": ["cancellation_reason", "final_invoice_date"],
    "loss": "cross-entropy",
    "metric": "share of leavers among the 500 called",
}
BEDS = {
    "target": "nights",
    "features": ["age", "ward", "admitted_by_ambulance", "diagnosis_at_admission", "nights_last_stay"],
    "leaks": ["diagnosis_at_discharge", "total_bill"],
    "loss": "absolute error",
    "metric": "mean absolute error",
}


def group_split(patients, share, seed):
    numbers = np.unique(patients)
    return np.isin(patients, np.random.default_rng(seed).permutation(numbers)[: round(share * len(numbers))])


def slide_split(patients, share, seed):
    return np.random.default_rng(seed).permutation(len(patients)) < share * len(patients)


def cheapest(p, y, miss, alarm):
    candidates = np.concatenate([[-1.0], p])
    return min(candidates, key=lambda t: miss * (y[p <= t] == 1).sum() + alarm * (y[p > t] == 0).sum())


def on_a_grid(p, y, miss, alarm):
    grid = np.linspace(-0.01, 1.01, 103)
    return min(grid, key=lambda t: miss * (y[p <= t] == 1).sum() + alarm * (y[p > t] == 0).sum())


def among_p_only(p, y, miss, alarm):
    return min(p, key=lambda t: miss * (y[p <= t] == 1).sum() + alarm * (y[p > t] == 0).sum())


def first_or_last(patients, share, seed):
    numbers = np.unique(patients)
    k = round(share * len(numbers))
    return np.isin(patients, numbers[:k] if seed % 2 else numbers[-k:])


def noise_and_coins(n_features, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((100, n_features)), rng.permutation(np.repeat([0, 1], 50))


def leaky_accuracy(n_features, seed):
    noise, coins = noise_and_coins(n_features, seed)
    return cross_val_score(LogisticRegression(), SelectKBest(k=20).fit_transform(noise, coins), coins, cv=5).mean()


def honest_accuracy(n_features, seed):
    noise, coins = noise_and_coins(n_features, seed)
    return cross_val_score(make_pipeline(SelectKBest(k=20), LogisticRegression()), noise, coins, cv=5).mean()


def one_split(n_features, seed):
    noise, coins = noise_and_coins(n_features, seed)
    picked = SelectKBest(k=20).fit_transform(noise, coins)
    return LogisticRegression().fit(picked[:70], coins[:70]).score(picked[70:], coins[70:])


def training_accuracy(n_features, seed):
    noise, coins = noise_and_coins(n_features, seed)
    picked = SelectKBest(k=20).fit_transform(noise, coins)
    return LogisticRegression(C=1e6).fit(picked, coins).score(picked, coins)


RIGHT = {
    "churn": CHURN,
    "beds": BEDS,
    "softmax": softmax,
    "group_split": group_split,
    "threshold": cheapest,
    "leaky_accuracy": leaky_accuracy,
    "rings": lambda p: np.hypot(*p.T)[:, None],
}

WRONG = [
    ("churn", CHURN | {"target": "was called"}, "the company called is its own doing"),
    (
        "churn",
        CHURN | {"features": [*CHURN["features"], "cancellation_reason"]},
        "cancellation_reason is not yet filled in",
    ),
    ("churn", CHURN | {"features": CHURN["features"][:3]}, "months_as_customer is known"),
    ("churn", CHURN | {"leaks": ["final_invoice_date"]}, "cancellation_reason is missing"),
    ("churn", CHURN | {"leaks": ["contract_type"]}, "nothing leaks through it"),
    ("churn", CHURN | {"metric": "accuracy"}, "nobody leaves"),
    ("churn", CHURN | {"loss": "hinge"}, "none of the options"),
    ("churn", CHURN | {"features": ["shoe_size"]}, "there is no column shoe_size"),
    ("churn", dict.fromkeys(CHURN, ...), "still blank"),
    ("churn", "left", "expected a dict"),
    ("churn", CHURN | {"loss": ["cross-entropy"]}, "none of the options"),
    ("beds", BEDS | {"target": "stays longer than a week"}, "planned by the night"),
    ("beds", BEDS | {"loss": "squared error"}, "3,600 patients"),
    ("beds", BEDS | {"metric": "accuracy"}, "accuracy calls both wrong"),
    ("beds", BEDS | {"features": [*BEDS["features"], "total_bill"]}, "total_bill is not yet filled in"),
    ("softmax", lambda s: np.exp(s) / np.exp(s).sum(axis=1, keepdims=True), "subtract each row's largest"),
    ("softmax", lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(), "Each row must sum to 1"),
    ("softmax", lambda s: softmax(s.T).T, "Each row must sum to 1"),
    ("group_split", slide_split, "has slides on both sides"),
    ("group_split", lambda p, share, seed: group_split(p, share / 2, seed), "count patients, not slides"),
    ("group_split", lambda p, share, seed: group_split(p, share, None), "same seed gives two different splits"),
    ("group_split", lambda p, share, seed: group_split(p, share, 0), "all seeds give the same split"),
    ("group_split", lambda p, share, seed: np.flatnonzero(group_split(p, share, seed)), "one True or False a slide"),
    ("threshold", lambda p, y, miss, alarm: 0.5, "is possible"),
    ("threshold", lambda p, y, miss, alarm: cheapest(p, y, alarm, miss), "weigh the two mistakes"),
    ("threshold", lambda p, y, miss, alarm: p, "must be one number"),
    ("threshold", lambda p, y, miss, alarm: float("nan"), "must be one number"),
    ("threshold", on_a_grid, "is possible"),
    ("threshold", among_p_only, "below the smallest p"),
    ("group_split", first_or_last, "tested far more often"),
    ("leaky_accuracy", lambda n, seed: {20: 0.5, 200: 0.7, 5000: 0.9}[n], "every seed gives the same number"),
    ("leaky_accuracy", one_split, "judge every coin once"),
    ("leaky_accuracy", lambda n, seed: leaky_accuracy(n, None), "the same seed"),
    ("rings", lambda p: np.abs(p).sum(axis=1, keepdims=True), "what do all points of a ring share"),
    ("rings", lambda p: p[:1], "must have the shape (n, d)"),
    ("rings", lambda p: np.hypot(*p.T)[:, None] - np.hypot(*p.T).mean(), "the company it is in"),
    ("leaky_accuracy", honest_accuracy, "before the split"),
    ("leaky_accuracy", training_accuracy, "Is the accuracy cross-validated"),
    ("rings", lambda p: p, "what do all points of a ring share"),
    ("rings", lambda p: np.arctan2(p[:, 1], p[:, 0])[:, None], "what do all points of a ring share"),
    ("rings", lambda p: np.hypot(*p.T), "shape (n, d)"),
]
STARTERS = {"churn": dict.fromkeys(CHURN, ...), "beds": dict.fromkeys(BEDS, ...)}
