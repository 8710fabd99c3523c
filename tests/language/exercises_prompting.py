"""Answers to the exercises of language/prompting, right and plausibly wrong."""

import math
from collections import Counter

import numpy as np


def interval(right, n):
    p, z = right / n, 1.96
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0, middle - half), min(1, middle + half)


def interval_of_wald(right, n):
    p = right / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return p - half, p + half


def interval_undivided(right, n):
    p, z = right / n, 1.96
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def even_labels(scores):
    return (scores - scores.mean(0)).argmax(1)


def even_by_item(scores):
    return (scores - scores.mean(1, keepdims=True)).argmax(1)


def even_by_label(scores):
    return (scores - scores.mean(0)).argmax(0)


def even_by_largest(scores):
    return (scores - scores.max(0)).argmax(1)


def allowed_tokens(begun, texts, tokens):
    return [token for token in tokens if any(text.startswith(begun + token) for text in texts)]


def allowed_characters(begun, texts, tokens):
    return [token for token in allowed_tokens(begun, texts, tokens) if len(token) == 1]


def allowed_by_first_character(begun, texts, tokens):
    return [token for token in tokens if any(text.startswith(begun + token[0]) for text in texts)]


def vote(ballots):
    counts = Counter(ballot for ballot in ballots if ballot)
    return counts.most_common(1)[0][0] if counts else ""


def vote_with_silence(ballots):
    return Counter(ballots).most_common(1)[0][0]


def vote_last(ballots):
    return next((ballot for ballot in reversed(ballots) if ballot), "")


def honest_choice(table, dev):
    rest = np.setdiff1d(np.arange(table.shape[1]), dev)
    return table[table[:, dev].mean(1).argmax(), rest].mean()


def choice_reported_where_chosen(table, dev):
    return table[:, dev].mean(1).max()


def choice_by_test(table, dev):
    return table[:, np.setdiff1d(np.arange(table.shape[1]), dev)].mean(1).max()


def choice_over_all(table, dev):
    return table[table[:, dev].mean(1).argmax()].mean()


def less_nothing(margin, empty, first):
    p = (1 / (1 + np.exp(-empty))).mean(1)
    return ((margin > np.log(p / (1 - p))[:, None]) == first).mean(1)


def less_mean_margin(margin, empty, first):
    return ((margin > empty.mean(1, keepdims=True)) == first).mean(1)


RIGHT = {
    "less_nothing": less_nothing,
    "interval": interval,
    "even_labels": even_labels,
    "allowed_tokens": allowed_tokens,
    "vote": vote,
    "honest_choice": honest_choice,
}
WRONG = [
    ("interval", interval_of_wald, "without any doubt"),
    ("interval", interval_undivided, "half-width is divided"),
    ("even_labels", even_by_item, "as biased as before"),
    ("even_labels", even_by_label, "one for each item"),
    ("even_labels", even_by_largest, "Average over items"),
    ("allowed_tokens", allowed_characters, "several characters at once"),
    ("allowed_tokens", allowed_by_first_character, "none of the texts can be reached"),
    ("vote", vote_with_silence, "has no vote"),
    ("vote", vote_last, "Of equals"),
    ("honest_choice", choice_reported_where_chosen, "ask the others"),
    ("honest_choice", choice_by_test, "they may not choose"),
    ("honest_choice", choice_over_all, "all other items"),
    ("less_nothing", less_mean_margin, "Average probabilities"),
    ("less_nothing", lambda margin, empty, first: ((margin > 0) == first).mean(1), "nothing has been subtracted"),
    ("less_nothing", lambda margin, empty, first: less_nothing(margin, -empty, first), "Subtract the margin"),
    ("less_nothing", lambda *given: less_nothing(*given).mean(), "shares, not"),
]
