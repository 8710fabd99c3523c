"""A file of results that is completed run by run."""

import argparse

import pytest

from largemodels.core.record import Record, make_folder, recorder, whole, writable

RUNS = [("deep", 1), ("deep", 2), ("wide", 1)]


def test_a_run_is_written_at_once_and_missing_no_more(tmp_path):
    path = tmp_path / "runs.csv"
    record = Record(path, ["shape", "seed"], ["loss", "steps"])
    assert record.missing(RUNS) == RUNS
    record.add(("deep", 2), "0.5", 10)
    assert path.read_text("utf-8") == "shape,seed,loss,steps\ndeep,2,0.5,10\n"
    assert record.missing(RUNS) == [RUNS[0], RUNS[2]]


def test_a_later_call_goes_on_where_the_first_stopped(tmp_path):
    path = tmp_path / "runs.csv"
    Record(path, ["shape", "seed"], ["loss"]).add(("deep", 1), "a, b")
    again = Record(path, ["shape", "seed"], ["loss"])
    assert again.missing(RUNS) == RUNS[1:]
    again.add(("wide", 1), 3)
    assert path.read_text("utf-8") == 'shape,seed,loss\ndeep,1,"a, b"\nwide,1,3\n'


@pytest.mark.parametrize("text", ["a,b\n1,2\n", ""])
def test_another_kind_of_file_is_refused_and_kept(text, tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match="runs.csv holds no runs of this kind; name another file with --out."):
        Record(path, ["shape"], ["loss"])
    assert path.read_text("utf-8") == text


def test_whole_numbers_within_their_bounds():
    assert [whole(0, 5)(text) for text in ("0", "5")] == [0, 5]
    for text in ("6", "-1", "1.0", "two", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="give a whole number from 0 to 5"):
            whole(0, 5)(text)


def test_a_file_needs_a_folder(tmp_path):
    assert writable(str(tmp_path / "runs.csv")) == tmp_path / "runs.csv"
    for wrong in (tmp_path, tmp_path / "nowhere" / "runs.csv"):
        with pytest.raises(argparse.ArgumentTypeError, match="name a file in a folder that exists"):
            writable(str(wrong))


def test_a_folder_is_made_once_and_a_file_is_none(tmp_path):
    folder = tmp_path / "a" / "b"
    for _ in range(2):
        make_folder(folder)
        assert folder.is_dir()
    (folder / "taken").write_text("a file")
    with pytest.raises(SystemExit, match="taken; name another folder with --out."):
        make_folder(folder / "taken")


def test_a_recorder_writes_beside_its_module_unless_told_otherwise(tmp_path):
    parser = recorder("What it records.", tmp_path / "runs.csv")
    assert parser.parse_args([]).out == tmp_path / "runs.csv"
    assert parser.parse_args(["--out", str(tmp_path / "mine.csv")]).out == tmp_path / "mine.csv"
    assert "What it records." in parser.format_help()
