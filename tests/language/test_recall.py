"""Readers of phone books: what they are made of, and that the record is what they give."""

import itertools

import pandas as pd
import pytest
import torch

from largemodels.language import recall, recall_record
from largemodels.language.positions import rotary


def test_the_record_is_complete():
    runs = recall.recorded()
    assert list(runs) == [*recall_record.NAMES, *recall_record.RESULTS]
    asked = set(itertools.product(recall.READERS, recall_record.SEEDS, recall.SIZES))
    assert set(runs[recall_record.NAMES].itertuples(index=False, name=None)) == asked
    assert len(runs) == len(asked)


def test_without_the_root_scores_are_those_of_plain_products():
    q, k = torch.randn(2, 3, 5, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    divided = recall.rootless(q) @ recall.rootless(k).mT / 16**0.5
    torch.testing.assert_close(divided, rotary(q) @ rotary(k).mT)


def test_a_unit_start_gives_queries_and_keys_a_variance_of_one():
    torch.manual_seed(0)
    reader = recall.READERS["unit start"].make()
    x = torch.randn(4000, 32)
    attention = reader.net.blocks[0].attention
    for part in (attention.query, attention.key):
        assert (x @ part.weight.T).var().item() == pytest.approx(1, abs=0.15)
    assert (x @ attention.value.weight.T).var().item() < 0.5


def test_exams_are_the_same_at_each_call():
    for entries in (1, 24):
        first, second = recall.exam(entries), recall.exam(entries)
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
        assert first[0].shape == (250, 3 * entries)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seed"), [("one vector", 1), ("two layers", 2), ("sines", 3)])
def test_a_reader_agrees_with_the_record(name, seed, one_thread):
    shares = recall.examine(recall.learn(name, seed))
    for entries, share in zip(recall.SIZES, shares, strict=True):
        assert agrees(name, seed, entries, share), entries


def test_the_recorder_repeats_a_recorded_run_and_no_run_twice(tmp_path, monkeypatch, capsys, one_thread):
    out = tmp_path / "runs.csv"
    monkeypatch.setattr("sys.argv", ["record", "--readers", "looking back", "--seeds", "4", "--out", str(out)])
    recall_record.main()
    assert "looking back\t4\t1.00" in capsys.readouterr().out
    runs = pd.read_csv(out)
    assert tuple(runs["entries"]) == recall.SIZES
    assert all(agrees(*run) for run in runs.itertuples(index=False, name=None))
    recall_record.main()
    assert capsys.readouterr().out == ""


def test_an_unknown_reader_is_refused_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["record", "--readers", "three layers"])
    with pytest.raises(SystemExit, match="2"):
        recall_record.main()
    assert "invalid choice: 'three layers'" in capsys.readouterr().err


def agrees(name: str, seed: int, entries: int, accuracy: float) -> bool:
    """Tell whether a reader is as good as recorded: another processor rounds otherwise, and drifts a little."""
    runs = recall.recorded().set_index(["reader", "seed", "entries"])["accuracy"]
    return abs(runs[name, seed, entries] - accuracy) <= 0.08
