"""The script that made the adapter which the book ships: a short run, and what it refuses."""

import hashlib
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from safetensors.torch import load_file

from largemodels.core.store import StoreError
from largemodels.language import smollm2
from largemodels.language.finetuning import routing

SCRIPT = Path(__file__).parents[2] / "code/scripts/language/finetune.py"


@pytest.mark.models
@pytest.mark.slow
def test_a_short_run_begins_as_the_recorded_one(tmp_path: Path) -> None:
    out = tmp_path / "made"
    command = [sys.executable, str(SCRIPT), "--short", "--out", str(out)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    adapter = out / "routing.safetensors"
    assert sorted(out.iterdir()) == [adapter, out / "routing_losses.csv"]
    assert hashlib.sha256(adapter.read_bytes()).hexdigest() in result.stdout
    made, shipped = load_file(adapter), load_file(routing.ADAPTER)
    assert {name: (t.shape, t.dtype) for name, t in made.items()} == {
        name: (t.shape, t.dtype) for name, t in shipped.items()
    }
    losses, recorded = pd.read_csv(out / "routing_losses.csv"), pd.read_csv(routing.LOSSES)
    assert losses["step"].tolist() == [1, 2, 3]
    assert losses["loss"].tolist() == pytest.approx(recorded["loss"][:3].tolist(), rel=0.02)


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Any:
    """Return a function that runs the script in this process."""
    spec = spec_from_file_location("finetune", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*arguments: object) -> None:
        monkeypatch.setattr("sys.argv", ["finetune.py", *map(str, arguments)])
        module.main()

    return run


def test_a_folder_must_be_named(main: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main("--short")
    assert stop.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_a_folder_that_is_none_is_refused_in_one_sentence(main: Any, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(SystemExit) as stop:
        main("--short", "--out", taken)
    sentence = str(stop.value.code)
    assert str(taken) in sentence
    assert sentence.endswith("name another folder with --out.")
    assert len(sentence.splitlines()) == 1
    assert taken.read_text() == "a file"


def test_without_the_model_it_says_why(main: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise StoreError("No model here.")

    monkeypatch.setattr(smollm2, "load", missing)
    with pytest.raises(SystemExit) as stop:
        main("--short", "--out", tmp_path)
    assert stop.value.code == "No model here."


def test_all_shipped_weights_of_the_part_are_small() -> None:
    shipped = list(Path(routing.__file__).parents[1].rglob("*.safetensors"))
    assert len(shipped) == 3
    assert sum(file.stat().st_size for file in shipped) < 8e6
