"""Data sheets: rooflines, and figures that hang together."""

import pytest

from largemodels.scaling.devices import DEVICES, ROADS, Device, least_seconds, usable

PLAIN = Device(flops=1e12, memory=1e10, bandwidth=1e11, link=1e10)


def test_the_longer_of_computing_and_moving_counts() -> None:
    assert least_seconds(2e12, 1e11, PLAIN) == pytest.approx(2)
    assert least_seconds(2e12, 5e11, PLAIN) == pytest.approx(5)
    assert least_seconds(1e12, 1e12 / PLAIN.balance, PLAIN) == pytest.approx(1)


def test_a_layer_is_used_fully_above_the_balance_only() -> None:
    assert usable(1, 10**6, PLAIN) == pytest.approx(1 / PLAIN.balance, rel=1e-3)
    assert usable(PLAIN.balance / 2, 10**6, PLAIN) == pytest.approx(0.5, rel=1e-3)
    assert usable(10 * PLAIN.balance, 10**6, PLAIN) == 1


def test_roads_get_narrower() -> None:
    speeds = list(ROADS.values())
    assert speeds == sorted(speeds, reverse=True)
    assert all(d.link < d.bandwidth < d.flops for d in DEVICES.values())
