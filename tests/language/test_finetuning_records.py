"""The recorders ask for what is recorded, repeat it where that is cheap, and ask nothing twice."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from largemodels.language import smollm2
from largemodels.language.finetuning import (
    encoder_record,
    encoder_runs,
    layers,
    ranks,
    ranks_record,
    routing,
    spoiled,
    spoiled_record,
    strength,
    strength_record,
    ways,
    ways_record,
)

RECORDERS: dict[str, tuple[ModuleType, ModuleType]] = {  # and the module that reads what they wrote
    "ranks": (ranks_record, ranks),
    "encoder": (encoder_record, encoder_runs),
    "spoiled": (spoiled_record, spoiled),
    "ways": (ways_record, ways),
    "strength": (strength_record, strength),
}


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one_thread: None) -> Any:
    """Return a function that runs a recorder and returns the rows it wrote, as text."""

    def run(name: str, *asked: str) -> pd.DataFrame:
        out = tmp_path / f"{name}.csv"
        monkeypatch.setattr("sys.argv", ["record", *asked, "--out", str(out)])
        RECORDERS[name][0].main()
        return pd.read_csv(out, dtype=str)

    return run


def pretend(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Any, ...]]:
    """Let the recorder do no work; return the list of the runs that it asks for."""
    module, reader = RECORDERS[name]
    calls: list[tuple[Any, ...]] = []
    results = 0.5 if name == "encoder" else [0.5] * len(module.RESULTS)

    def perform(*run: Any) -> Any:
        calls.append(run)
        return results

    if name == "strength":
        turned: list[float] = []
        monkeypatch.setattr(smollm2, "load", lambda: (None, None))
        monkeypatch.setattr(routing, "adapt", lambda model: model)
        monkeypatch.setattr(strength, "turn", lambda model, part: turned.append(part))
        monkeypatch.setattr(strength, "examine", lambda model, tokenizer, exam: perform(turned[-1], exam))
    else:
        monkeypatch.setattr(module if name == "ways" else reader, "perform", perform)
    return calls


@pytest.mark.parametrize("name", RECORDERS)
def test_what_is_recorded_is_what_the_recorder_asks_for(
    name: str, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, reader = RECORDERS[name]
    pretend(monkeypatch, name)
    asked, recorded = record(name), pd.read_csv(reader.RECORDED, dtype=str)
    if name == "ways":  # the training of the shipped correction, from other seeds
        longer = ["--rates", str(routing.RATE), "--steps", str(routing.STEPS)]
        asked = record(name, "--ways", f"lora {routing.RANK}", *longer)
    assert list(recorded.columns) == list(asked.columns) == module.NAMES + module.RESULTS
    rows, expected = (sorted(map(tuple, frame[module.NAMES].to_numpy())) for frame in (recorded, asked))
    assert rows == expected, "none is missing, none is there twice, and there is no other"
    assert reader.recorded()[module.RESULTS].notna().all(axis=None)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        (
            "ranks",
            ["--ranks", "1", "16", "--seeds", "1", "--steps", "2", "--exam", "4"],
            [(1, 2, 1, 2, 4), (1, 32, 1, 2, 4), (16, 32, 1, 2, 4)],
        ),
        (
            "spoiled",
            ["--labels", "sound", "end forgotten", "--seeds", "5", "6", "--steps", "2"],
            [(kind, seed, 2, 60) for seed in (5, 6) for kind in ("sound", "end forgotten")],
        ),
        (
            "ways",
            ["--ways", "prefix", "full", "--seeds", "1", "--steps", "2", "--exam", "4"],
            [(way, rate, 1, 2, 4) for way in ("prefix", "full") for rate in ways.RATES[way]],
        ),
        ("encoder", ["--ways", "lora", "--labels", "16", "--seeds", "1"], [("lora", 16, 1)]),
        ("strength", ["--strengths", "1", "0.5", "--exam", "4"], [(1.0, 4), (0.5, 4)]),
    ],
)
def test_what_was_asked_for_is_done_once(
    name: str,
    asked: list[str],
    expected: list[tuple[Any, ...]],
    record: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = pretend(monkeypatch, name)
    rows = record(name, *asked)
    assert calls == expected
    assert len(capsys.readouterr().out.splitlines()) == len(expected)
    assert record(name, *asked).equals(rows)
    assert calls == expected
    assert capsys.readouterr().out == ""


def test_only_the_strengths_of_the_book_are_recorded(
    record: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = pretend(monkeypatch, "strength")
    for asked in ("0.3", "-1", "much"):
        with pytest.raises(SystemExit) as stop:
            record("strength", "--strengths", "0.5", asked)
        assert stop.value.code == 2
        assert "--strengths" in capsys.readouterr().err
    assert calls == []
    assert list(tmp_path.iterdir()) == []


def test_no_model_is_loaded_where_no_strength_is_missing(record: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pretend(monkeypatch, "strength")
    rows = record("strength")
    assert calls == [(part, strength.EXAM) for part in strength.STRENGTHS]
    monkeypatch.setattr(smollm2, "load", lambda: pytest.fail("the model was loaded"))
    assert record("strength").equals(rows)
    with pytest.raises(pytest.fail.Exception, match="was loaded"):
        record("strength", "--exam", "4")


TINY = {
    "ranks": ["--ranks", "16", "--seeds", "1", "--steps", "2", "--exam", "4"],
    "spoiled": ["--labels", "end forgotten", "--seeds", "1", "--steps", "2", "--exam", "4"],
    "ways": ["--ways", "prefix", "--seeds", "1", "--steps", "2", "--exam", "4"],
    "encoder": ["--ways", "lora", "--labels", "16", "--seeds", "1"],
    "strength": ["--strengths", "0.5", "--exam", "4"],
}
HIGHEST = {
    "ranks": {"loss": 8, "known": 4, "new": 4},
    "spoiled": {"loss": 8, "exact": 4, "lines": 4, "stops": 4, "tokens": spoiled.LONGEST},
    "ways": {"loss": 8, "known": 4, "new": 4, "bits": 3, "named": 60, "ended": 60},
    "encoder": {"accuracy": 1},
    "strength": {"known": 4, "new": 4, "bits": 3, "named": 60, "ended": 60},
}


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_a_tiny_run_writes_a_row_and_the_next_call_none(
    name: str, record: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ways.RATES, "prefix", ways.RATES["prefix"][:1])
    (row,) = record(name, *TINY[name]).to_dict("records")
    assert capsys.readouterr().out.split("\t")[0] == next(iter(row.values()))
    for column, highest in HIGHEST[name].items():
        assert 0 <= float(row[column]) <= highest
    if "learning" in row:
        what = RECORDERS[name][0].NAMES[0]
        recorded = pd.read_csv(RECORDERS[name][1].RECORDED, dtype=str)
        assert set(recorded["learning"][recorded[what] == row[what]]) == {row["learning"]}
    assert record(name, *TINY[name]).to_dict("records") == [row]
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_a_frozen_encoder_is_as_good_as_recorded(one_thread: None) -> None:
    recorded = encoder_runs.recorded().set_index(["way", "labels", "seed"])["accuracy"]
    assert encoder_runs.perform("frozen", 200, 1) == pytest.approx(recorded["frozen", 200, 1], abs=0.01)


@pytest.mark.models
@pytest.mark.parametrize("way", ways.RATES)
def test_what_each_way_learns(way: str, tokenizer: Any) -> None:
    model = smollm2.load()[0]
    opening = len(tokenizer(ways.OPENING)["input_ids"])
    expected = {
        "full": sum(p.numel() for p in model.parameters()),
        "lora 2": 610_560,
        "lora 16": 8 * 610_560,
        "adapters": 60 * (2 * 576 * ways.BOTTLENECK + ways.BOTTLENECK + 576),
        "prefix": 30 * 2 * 3 * opening * 64,  # layers, key and value, heads, tokens, d_head
    }
    assert ways.prepare(model, tokenizer, way, 0) is model
    assert layers.count_learning(model) == expected[way]
    assert expected["adapters"] == pytest.approx(expected["lora 2"], rel=0.1), "about as many"
