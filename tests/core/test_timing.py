"""CPU time: counts work, not waiting."""

import time

from largemodels.core.timing import cpu_seconds


def test_waiting_costs_nothing_and_every_repeat_is_run():
    calls = []
    assert cpu_seconds(lambda: (calls.append(1), time.sleep(0.05)), repeats=3) < 0.04
    assert len(calls) == 3


def test_the_median_ignores_one_slow_run():
    work = iter([2_000_000, 10, 10])
    assert cpu_seconds(lambda: sum(range(next(work))), repeats=3) < 0.005
