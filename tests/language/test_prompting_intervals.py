"""Intervals against published values, and by simulation."""

import numpy as np
import pytest

from largemodels.language.prompting.intervals import mcnemar, paired_bootstrap, wilson


def test_wilson_gives_the_textbook_values():
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-3)


def test_wilson_covers_the_truth_about_as_often_as_it_says():
    counts = np.random.default_rng(0).binomial(40, 0.85, size=2000)
    covered = [low <= 0.85 <= high for low, high in (wilson(int(k), 40) for k in counts)]
    assert 0.92 < np.mean(covered) < 0.98


@pytest.mark.parametrize(("right", "n"), [(0, 0), (5, 4), (-1, 3)])
def test_nothing_has_no_share(right, n):
    with pytest.raises(ValueError, match="count at least one item"):
        wilson(right, n)


def test_mcnemar_counts_the_items_that_differ():
    a = np.array([True] * 50 + [False] * 6)
    b = np.array([True] * 50 + [True] * 6)
    assert mcnemar(a, b) == pytest.approx(2 / 64)
    assert mcnemar(a, a) == 1.0
    assert mcnemar(np.array([True, False]), np.array([False, True])) == 1.0


def test_pairs_stay_together():
    a = np.arange(100) % 2 == 0
    assert paired_bootstrap(a, a) == (0, 0)
    low, high = paired_bootstrap(a, np.ones(100, bool))
    assert low == pytest.approx(0.40, abs=0.02)
    assert high == pytest.approx(0.60, abs=0.02)
