"""The laws of Amdahl and Gustafson, and the table of `speedup.py`."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.scaling import speedups

share, devices = st.floats(0.001, 1), st.integers(1, 10_000)


@given(serial=share, p=devices)
def test_amdahl_is_a_time_divided(serial: float, p: int) -> None:
    time = serial + (1 - serial) / p
    assert speedups.amdahl(serial, p) == pytest.approx(1 / time)
    assert speedups.amdahl(serial, p) <= min(p, 1 / serial) * (1 + 1e-12)


@given(serial=share, p=devices)
def test_gustafson_is_amdahl_for_the_job_that_grew(serial: float, p: int) -> None:
    """The parallel run takes one unit; alone, its divided part would take p times as long."""
    alone = serial + (1 - serial) * p
    assert speedups.gustafson(serial, p) == pytest.approx(alone)
    assert speedups.gustafson(serial, p) == pytest.approx(speedups.amdahl(serial / alone, p))


def run_of(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "run.json"
    path.write_text(json.dumps({"rows": rows}))
    return path


def test_a_run_is_read_in_milliseconds(tmp_path: Path) -> None:
    row = {"batch": 4, "code": "batched", "processes": 2, "step": 0.5, "compute": 0.25, "steps": [0.5]}
    table = speedups.read(run_of(tmp_path, [row]))
    assert table.loc[("batched", 4, 2)].to_dict() == {"step": 500, "compute": 250}


def test_gains_are_medians_of_neighboring_steps(tmp_path: Path) -> None:
    setting = {"batch": 4, "code": "batched"}
    rows = [{**setting, "processes": p, "steps": steps} for p, steps in {1: [4, 40, 4], 2: [2, 10, 4]}.items()]
    gains = speedups.gains(run_of(tmp_path, rows))
    assert gains.loc[("batched", 4)].to_dict() == {1: 1, 2: 2}
