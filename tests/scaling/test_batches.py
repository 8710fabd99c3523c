"""Steps to a target by batch: the record is whole, repeats, and follows the law that is fitted to it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from largemodels.scaling import batches


def test_the_record_holds_every_run() -> None:
    runs = batches.recorded()
    assert list(runs.columns) == batches.COLUMNS
    expected = {(b, r, s) for b in batches.BATCHES for r in batches.RATES for s in batches.SEEDS}
    assert {(int(b), r, int(s)) for b, r, s in runs[["batch", "rate", "seed"]].to_numpy()} == expected
    assert not runs.duplicated(["batch", "rate", "seed"]).any()


@pytest.mark.models
@pytest.mark.parametrize(("batch", "rate", "seed"), [(64, 0.6, 1), (1024, 0.8, 0), (16, 0.3, 2)])
def test_a_recorded_run_repeats(batch: int, rate: float, seed: int) -> None:
    runs = batches.recorded().set_index(["batch", "rate", "seed"])["steps"]
    assert batches.steps_to_target(batch, rate, seed) == pytest.approx(runs[batch, rate, seed], abs=4)


def test_the_law_is_found_in_what_follows_it() -> None:
    sizes = np.array([2, 8, 32, 128, 512])
    floor, critical = batches.fit(sizes, 80 * (1 + 50 / sizes))
    assert (floor, critical) == pytest.approx((80, 50))


def test_the_best_rate_is_that_of_the_fewest_steps() -> None:
    rows = [(8, 0.1, 0, 90), (8, 0.1, 1, 70), (8, 0.2, 0, 50), (8, 0.2, 1, 60), (16, 0.1, 0, 30), (16, 0.2, 0, 40)]
    found = batches.best(pd.DataFrame(rows, columns=batches.COLUMNS))
    assert found.loc[8].to_dict() == {"rate": 0.2, "min": 50, "median": 55, "max": 60}
    assert found.loc[16, "rate"] == 0.1


@pytest.mark.models
def test_the_recorder_completes_a_file_and_runs_nothing_twice(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    command = [sys.executable, "-m", "largemodels.scaling.batches_record", "--out", out, "--batches", "1024"]
    subprocess.run([*command, "--seeds", "1", "--rates", "0.6"], check=True, timeout=60)
    first = out.read_text()
    assert first.count("\n") == 2
    subprocess.run([*command, "--seeds", "1", "--rates", "0.6"], check=True, timeout=60)
    assert out.read_text() == first
