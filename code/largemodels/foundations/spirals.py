"""Interleaved spiral arms: a picture that a child separates and no straight line does."""

import numpy as np


def spirals(
    n_per_arm: int, arms: int = 3, turns: float = 1.0, noise: float = 0.2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw points along spiral arms that start at the center, one class an arm.

    Along an arm, radius r grows from 0.3 to 3 and the angle by `turns` full turns; `noise` is the standard
    deviation of the angle, in radians. Returns points (arms * n_per_arm, 2) and labels (arms * n_per_arm,).
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(arms), n_per_arm)  # (n,)
    radius = np.tile(np.linspace(0.3, 3.0, n_per_arm), arms)  # (n,)
    angle = spiral_angle(radius, turns) + 2 * np.pi * labels / arms + noise * rng.standard_normal(labels.size)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)  # (n, 2)
    return points, labels


def spiral_angle(radius: np.ndarray, turns: float = 1.0) -> np.ndarray:
    """Return the angle, in radians, that arm 0 has reached at each radius (same shape)."""
    return 2 * np.pi * turns * radius / 3
