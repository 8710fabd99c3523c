"""The scripts that made the checkpoints of the part on language: short runs, pieces, and what they refuse."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from largemodels.language import checkpoint, reasoning, shakespeare_gpt

SCRIPTS = Path(__file__).parents[2] / "code/scripts/language"


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPTS / f"{script}.py", *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=100)


@pytest.mark.slow
@pytest.mark.models
def test_pretraining_in_pieces_makes_the_same_files(tmp_path: Path) -> None:
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    assert run("pretrain", "--out", whole, "--short").returncode == 0
    for _ in range(2):
        paused = run("pretrain", "--out", pieces, "--short", "--pause", 8)
        assert "call again to go on" in paused.stdout
    assert run("pretrain", "--out", pieces, "--short", "--pause", 8).returncode == 0
    for name in ("shakespeare_gpt.csv", "shakespeare_gpt.safetensors"):
        assert (whole / name).read_bytes() == (pieces / name).read_bytes()
    rows = list(csv.DictReader((whole / "shakespeare_gpt.csv").open()))
    assert len(rows) == 21
    assert float(rows[-1]["validation"]) < float(rows[0]["validation"])
    model, alphabet = shakespeare_gpt.load(whole / "shakespeare_gpt.safetensors")
    assert model.config.vocabulary == len(alphabet) == 83


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.parametrize("broken", [b"no archive", None], ids=["no file of ours", "another plan"])
def test_pretraining_goes_on_with_its_own_run_only(tmp_path: Path, broken: bytes | None) -> None:
    stopped = tmp_path / "shakespeare_gpt.resume"
    torch.save({"plan": {"steps": 3300}}, stopped)
    if broken:
        stopped.write_bytes(broken)
    result = run("pretrain", "--out", tmp_path, "--short")
    assert result.returncode == 1
    assert "use the options that it was begun with" in result.stderr
    assert "Traceback" not in result.stderr


def test_pretraining_refuses_a_pause_of_nothing(tmp_path: Path) -> None:
    result = run("pretrain", "--out", tmp_path, "--pause", "0")
    assert result.returncode == 2
    assert "ask for 1 or more" in result.stderr


@pytest.mark.slow
def test_the_base_policy_in_short(tmp_path: Path) -> None:
    results = [run("reasoning", "--out", tmp_path / name, "--short") for name in ("a", "b")]
    assert [result.returncode for result in results] == [0, 0], results[0].stderr
    files = [tmp_path / name / "reasoning_base.safetensors" for name in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() in results[0].stdout
    model, facts = checkpoint.load(files[0])
    assert model.config == reasoning.CONFIG
    assert facts["steps"] == 5


@pytest.mark.slow
def test_the_base_policy_is_made_by_its_script(tmp_path: Path) -> None:
    result = run("reasoning", "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    model, facts = checkpoint.load(tmp_path / "reasoning_base.safetensors")
    assert facts["steps"] < 1500, "enough was learned before the last step"
    shipped, recorded = checkpoint.load(reasoning.WEIGHTS)
    assert facts.keys() == recorded.keys()
    assert reasoning.stepwise(model) == pytest.approx(reasoning.stepwise(shipped), abs=0.15)


@pytest.mark.parametrize("script", ["pretrain", "reasoning"])
def test_a_folder_that_is_none_is_refused_in_one_sentence(tmp_path: Path, script: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    result = run(script, "--out", taken, "--short")
    assert result.returncode == 1
    assert str(taken) in result.stderr
    assert "name another folder with --out" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
