"""The spirals: as promised, and out of reach of straight lines."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from largemodels.foundations.spirals import spiral_angle, spirals


def test_shapes_radii_and_seed():
    points, labels = spirals(30, arms=4, seed=3)
    assert points.shape == (120, 2)
    assert list(np.bincount(labels)) == [30] * 4
    radius = np.hypot(*points.T)
    assert np.isclose(radius.min(), 0.3)
    assert np.isclose(radius.max(), 3.0)
    np.testing.assert_array_equal(points, spirals(30, arms=4, seed=3)[0])
    assert not np.array_equal(points, spirals(30, arms=4, seed=4)[0])


def test_without_noise_the_unwound_angle_is_the_arm():
    points, labels = spirals(25, noise=0.0)
    angle = np.arctan2(points[:, 1], points[:, 0]) - spiral_angle(np.hypot(*points.T))
    np.testing.assert_allclose(np.exp(1j * angle), np.exp(2j * np.pi * labels / 3), atol=1e-9)


def test_straight_lines_fail_on_a_full_turn_and_not_on_none():
    wound, arm = spirals(60)
    straight, same_arm = spirals(60, turns=0.0)
    assert LogisticRegression(C=np.inf).fit(wound, arm).score(wound, arm) < 0.5
    assert LogisticRegression(C=np.inf).fit(straight, same_arm).score(straight, same_arm) > 0.99
