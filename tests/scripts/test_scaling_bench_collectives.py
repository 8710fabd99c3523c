"""bench_collectives.py: the ring sums right and sends what the formula says; fits find alpha and beta; refusals."""

import json
from pathlib import Path

import pytest
import ranks
import torch
import torch.distributed as dist

SCRIPT = ranks.script("scaling/bench_collectives")
QUICK = ("--sizes", 4096, 2**20, "--repeats", 1)


@pytest.mark.parametrize("world", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [0, 1, 3, 12, 1000, 1001])
def test_the_ring_equals_all_reduce(world: int, length: int) -> None:
    def sums() -> tuple[torch.Tensor, torch.Tensor, int]:
        dist.init_process_group("gloo")
        row = torch.arange(length) * 7 ** dist.get_rank()
        expected = row.clone()
        dist.all_reduce(expected)
        return row, expected, SCRIPT.ring_all_reduce(row)

    results = ranks.run(world, sums)
    for row, expected, _ in results:
        assert torch.equal(row, expected)
        assert torch.equal(row, torch.arange(length) * sum(7**rank for rank in range(world)))
    sent = [count for *_, count in results]
    assert sum(sent) == 2 * (world - 1) * length * 8, "all ranks together send 2 (N - 1) rows"
    assert max(sent) - min(sent) <= 2 * 8, "and each as much, but for a number a phase"


@pytest.mark.parametrize("world", [2, 4])
def test_bytes_are_on_the_formula(world: int, tmp_path: Path) -> None:
    for run in ranks.launch(world, SCRIPT, *QUICK, "--out", tmp_path):
        assert (run.code, run.stderr) == (0, "")
    found = json.loads((tmp_path / "run.json").read_text())
    rows = {(row["collective"], row["bytes"]): row for row in found["measurements"]}
    assert rows.keys() == {(name, size) for name in SCRIPT.NAMES for size in (4096, 2**20)}
    for size in (4096, 2**20):
        assert rows["ring", size]["sent_bytes"] == rows["ring", size]["formula_bytes"] == 2 * (world - 1) * size / world
        assert rows["send", size]["sent_bytes"] == rows["send", size]["formula_bytes"] == size
        assert rows["all_gather", size]["formula_bytes"] == (world - 1) * size / world
        assert all(row["seconds"] > 0 for row in rows.values())
    assert [fit["collective"] for fit in found["fits"]] == SCRIPT.NAMES


def test_the_wire_carried_what_was_sent(tmp_path: Path) -> None:
    if not SCRIPT.LOOPBACK.exists():
        pytest.skip("only Linux counts what its loopback device carries")
    chosen = ("--collectives", "ring", "reduce_scatter", "send", "--sizes", 4096, 2**22, "--repeats", 1)
    assert ranks.launch(2, SCRIPT, *chosen, "--out", tmp_path)[0].code == 0
    rows = json.loads((tmp_path / "run.json").read_text())["measurements"]
    assert all((row["wire_bytes"] is None) == (row["bytes"] < 2**20) for row in rows)
    wire = {row["collective"]: row["wire_bytes"] / row["bytes"] for row in rows if row["wire_bytes"] is not None}
    # at least the data; how much more, other programs of this machine have a say in
    assert wire["ring"] >= 2
    assert wire["send"] >= 1
    assert wire["reduce_scatter"] >= 2, "twice what a reduce-scatter needs: gloo's is an all-reduce and a slice"


def test_the_fit_finds_alpha_and_beta() -> None:
    sizes = [10, 1000, 10**5, 10**7]
    exact = SCRIPT.fit([{"bytes": size, "seconds": 3e-4 + 2e-9 * size} for size in sizes])
    assert exact == pytest.approx({"alpha": 3e-4, "beta": 2e-9})
    noise = [1.1, 0.9, 1.1, 0.9]
    noisy = [{"bytes": s, "seconds": (3e-4 + 2e-9 * s) * n} for s, n in zip(sizes, noise, strict=True)]
    assert SCRIPT.fit(noisy) == pytest.approx({"alpha": 3e-4, "beta": 2e-9}, rel=0.15), "small messages count, too"


def test_a_ring_that_sums_wrong_is_found() -> None:
    def broken() -> object:
        right, SCRIPT.exchange = SCRIPT.exchange, lambda outgoing, arrived: right(outgoing + 1, arrived)
        with pytest.raises(SystemExit) as leaving:
            ranks.main(SCRIPT, ["bench_collectives.py"])
        return leaving.value.code

    assert ranks.run(2, broken) == ["The ring's sum of 1 numbers is not all_reduce's."] * 2


def test_one_process_alone_has_nobody_to_send_to(tmp_path: Path) -> None:
    [run] = ranks.launch(None, SCRIPT, *QUICK, "--out", tmp_path)
    assert (run.code, run.stderr) == (0, "")
    rows = json.loads((tmp_path / "run.json").read_text())["measurements"]
    assert {row["formula_bytes"] for row in rows} == {0}
    assert "send" not in {row["collective"] for row in rows}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sizes", 1000), "A line needs two points"),
        (("--sizes", 1, 8), "A line needs two points"),
        (("--sizes", 0, 1000), "must be 1 or more"),
        (("--repeats", 0), "must be 1 or more"),
        (("--backend", "nccl"), "nccl needs --device cuda, and cuda a GPU"),
        (("--out", __file__), "File exists"),
    ],
)
def test_what_cannot_be_is_said_once(arguments: tuple, sentence: str) -> None:
    runs = ranks.launch(2, SCRIPT, *arguments)
    assert [run.code for run in runs] == [2, 2]
    assert sentence in runs[0].stderr
    assert len(runs[0].stderr.splitlines()) == 1
    assert not runs[1].stderr


@pytest.mark.slow
def test_torchrun_starts_it() -> None:
    done = ranks.torchrun(2, SCRIPT, *QUICK)
    assert done.code == 0, done.stderr
    assert "alpha in us" in done.stdout
