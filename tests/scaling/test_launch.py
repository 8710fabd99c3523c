"""Programs started on several processes: what they say is shown, what they write is there, failures are errors."""

import json
from pathlib import Path

import pytest

from largemodels.core.programs import ProgramError
from largemodels.scaling.launch import torchrun


def test_two_processes_measure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "a folder"
    torchrun("speedup.py", f"--synthetic --batches 2 --repeats 1 --width 32 --out '{made}'", processes=2)
    shown = capfd.readouterr().out
    assert shown.startswith("$ torchrun --standalone --nproc-per-node 2 -- speedup.py --synthetic")
    rows = json.loads((made / "run.json").read_text())["rows"]
    assert [row["processes"] for row in rows] == [1, 2]


def test_what_a_program_refuses_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ProgramError, match="exit code 1"):
        torchrun("speedup.py", "--synthetic --width 33", processes=1)
    assert "give a multiple of 32." in capfd.readouterr().out


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(ProgramError, match="no program"):
        torchrun("nothing.py", processes=1)
