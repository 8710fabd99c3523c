"""ZeRO by hand: all stages train like one process, hold and send what the formulas say, and resume anywhere."""

import gc
import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import ranks
import torch
import torch.distributed as dist
from torch.nn import functional as F

SCRIPT = ranks.script("scaling/train_zero")
SMALL = ("--synthetic", "--width", 32, "--layers", 2, "--context", 16, "--batch", 8, "--steps", 3)
STRICT = (*SMALL, "--dtype", "float64")
STAGES = range(4)
ALL = ("--stages", *STAGES)
HELD = {0: 16, 1: 12, 2: 10, 3: 8}  # bytes a parameter on each of two ranks


def train(world: int | None, out: Path, *options: object) -> dict[int, dict[str, Any]]:
    """Run the script; return run.json of each stage, with the parameters that were learned."""
    runs = ranks.launch(world, SCRIPT, *options, "--out", out)
    assert [(run.code, run.stderr) for run in runs] == [(0, "")] * (world or 1), runs
    assert all(not run.stdout for run in runs[1:])
    stages = [int(line.removeprefix("stage ")[0]) for line in runs[0].stdout.splitlines()]
    return {
        stage: {**result(out / f"stage-{stage}"), "said": runs[0].stdout.splitlines()[i]}
        for i, stage in enumerate(stages)
    }


def result(folder: Path) -> dict[str, Any]:
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.pt", "run.json"]
    found = json.loads((folder / "run.json").read_text())
    assert folder.name == f"stage-{found['stage']}"
    state = torch.load(folder / "checkpoint.pt", weights_only=True)["state"]
    model = SCRIPT.GPT(found["width"], found["layers"], found["context"])
    return {**found, "learned": {name: state[name][0].view_as(p) for name, p in model.named_parameters()}}


def assert_same(one: dict[str, Any], other: dict[str, Any], within: float = 1e-10) -> None:
    assert one["losses"] == pytest.approx(other["losses"], abs=within)
    assert one["learned"].keys() == other["learned"].keys()
    for name, parameter in one["learned"].items():
        torch.testing.assert_close(parameter, other["learned"][name], rtol=0, atol=within)


def reference() -> dict[str, Any]:
    """Train in one process, with nothing but torch."""
    ranks.sys.argv = ["train_zero.py", *map(str, STRICT), "--out", "."]
    asked = SCRIPT.arguments()
    SCRIPT.set_up(asked)
    torch.manual_seed(asked.seed)
    model = SCRIPT.GPT(asked.width, asked.layers, asked.context).double()
    optimizer, losses = torch.optim.Adam(model.parameters(), asked.rate), []
    for step in range(asked.steps):
        windows = SCRIPT.share(asked, step)
        loss = F.cross_entropy(model(windows[:, :-1]).transpose(1, 2), windows[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "learned": {name: t.detach() for name, t in model.state_dict().items()}}


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return ranks.run(1, reference)[0]


@pytest.mark.parametrize("world", [None, 2, pytest.param(4, marks=pytest.mark.slow)])
def test_every_stage_trains_like_one_process(tmp_path: Path, alone: dict, world: int | None) -> None:
    found = train(world, tmp_path, *STRICT, *ALL)
    assert list(found) == list(STAGES)
    for stage in STAGES:
        assert_same(found[stage], alone)


@pytest.mark.slow
def test_stages_in_one_launch_give_what_launches_of_their_own_give(tmp_path: Path) -> None:
    together = train(2, tmp_path / "together", *STRICT, "--stages", 3, 0, 3, 2)
    assert list(together) == [3, 0, 2]  # once each, in the order asked for
    for stage, found in together.items():
        single = train(2, tmp_path / "single", *STRICT, "--stages", stage)[stage]
        assert_same(found, single, within=0)
        assert found["ranks"] == single["ranks"]
        assert found["said"] == single["said"]


def test_plain_data_parallelism_is_the_default(tmp_path: Path) -> None:
    assert list(train(None, tmp_path, *SMALL)) == [0]


@pytest.fixture(scope="module", params=[2, 3])
def measured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    """Train in all stages, with enough blocks that one is little, in float32."""
    return train(
        request.param, tmp_path_factory.mktemp("measured"), *SMALL, "--batch", 6, "--layers", 4, "--steps", 1, *ALL
    )


@pytest.mark.parametrize("stage", STAGES)
def test_memory_and_traffic_follow_the_formula(measured: dict, stage: int) -> None:
    found = measured[stage]
    world, size = found["world"], 4 * found["parameters"]
    assert found["parameters"] == sum(p.numel() for p in found["learned"].values())
    padding = 4 * (world - 1) * len(found["learned"])  # in bytes, at the end of each row
    cut = {"parameters": stage == 3, "gradients": stage >= 2, "moments": stage >= 1}
    assert len(found["ranks"]) == world
    for rank in found["ranks"]:
        assert set(rank["held"]) == set(cut)
        for kind, held in rank["held"].items():
            ideal = (2 if kind == "moments" else 1) * size / (world if cut[kind] else 1)
            assert ideal <= held <= ideal + 2 * padding
        ideal = (3 if stage == 3 else 2) * size * (world - 1) / world
        assert ideal - 300 <= rank["sent"] <= ideal + 3 * padding
    assert found["ranks"][0] == found["ranks"][-1]


def test_two_ranks_hold_16_12_10_and_8_bytes_a_parameter(tmp_path: Path) -> None:
    found = train(2, tmp_path, *SMALL, *ALL)
    for stage, run in found.items():
        held, sent = sum(run["ranks"][0]["held"].values()), run["ranks"][0]["sent"]
        assert held == HELD[stage] * run["parameters"]  # all rows are even
        assert sent == (6 if stage == 3 else 4) * run["parameters"]
        first, last = run["losses"][0], run["losses"][-1]
        rest = f"each of 2 processes holds {HELD[stage]}.0 bytes a parameter, sends {6 if stage == 3 else 4}.0"
        assert run["said"] == f"stage {stage}: loss {first:.4f} to {last:.4f}; {rest}"


def test_one_process_sends_nothing(tmp_path: Path) -> None:
    for run in train(None, tmp_path, *SMALL, *ALL).values():
        assert run["said"].endswith("one process holds 16.0 bytes a parameter, sends 0.0")


def test_each_stage_holds_less_than_the_one_before(measured: dict) -> None:
    peaks = [measured[stage]["ranks"][0]["peak"] for stage in STAGES]
    totals = [sum(measured[stage]["ranks"][0]["held"].values()) for stage in STAGES]
    for bytes_held in (peaks, totals):
        assert bytes_held == sorted(set(bytes_held), reverse=True)


@pytest.mark.parametrize("stage", STAGES)
def test_the_peak_is_what_is_kept_and_a_little(measured: dict, stage: int) -> None:
    learned, rank = measured[stage]["learned"], measured[stage]["ranks"][0]
    outside = sum(p.nbytes for name, p in learned.items() if not name.startswith("blocks."))
    block = sum(p.nbytes for name, p in learned.items() if name.startswith("blocks.layers.0."))
    largest = max(p.nbytes for p in learned.values())
    padding = 4 * (measured[stage]["world"] - 1) * len(learned)
    passing = rank["peak"] - sum(rank["held"].values())
    assert passing <= padding + (outside + block if stage == 3 else 0) + (largest if stage >= 2 else 0)
    assert passing >= 0
    if stage == 3:  # in forward already, with few gradients
        assert rank["peak"] >= rank["held"]["parameters"] + rank["held"]["moments"] + outside + block


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.slow
def test_nothing_is_held_that_is_not_counted(stage: int) -> None:
    def held_and_found() -> tuple[int, int]:
        dist.init_process_group("gloo")
        before, counted, found = alive(), [], []
        SCRIPT.save = lambda asked, zero, losses: None
        SCRIPT.report = lambda asked, zero, held, losses: counted.append(sum(held.values()))
        SCRIPT.Row.update = lambda row, step, rate: found or found.append(alive() - before)
        options = {"steps": 1, "save_every": 9, "rate": 1, "seed": 0, "batch": 4, "context": 16, "device": "cpu"}
        asked = Namespace(**options, data=torch.arange(100, dtype=torch.uint8))
        for each in (0, stage):  # all that the first held must be gone
            found.clear()
            SCRIPT.train(asked, model := SCRIPT.GPT(64, 3, 16), SCRIPT.Zero(each, model, {}), [])
        return counted[-1], found[0]

    for held, found in ranks.run(2, held_and_found):
        assert held <= found < held + 4000  # the batch and its loss, too


def alive() -> int:
    """Return the bytes behind all tensors that Python knows of."""
    gc.collect()
    kinds = (torch.Tensor, torch.nn.Parameter)
    storages = [found.untyped_storage() for found in gc.get_objects() if type(found) in kinds]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def test_a_resumed_run_is_bit_by_bit_the_undisturbed_one(tmp_path: Path) -> None:
    whole = train(2, tmp_path / "whole", *STRICT, *ALL)
    train(2, tmp_path / "parts", *STRICT, *ALL, "--steps", 1)
    resumed = train(2, tmp_path / "parts", *STRICT, *ALL, "--resume")
    for stage in STAGES:
        assert_same(resumed[stage], whole[stage], within=0)
        assert resumed[stage]["ranks"] == whole[stage]["ranks"]


@pytest.mark.parametrize(("before", "after"), [(2, None), (1, 2), (4, 2)])
@pytest.mark.slow
def test_resumed_on_other_processes_in_another_stage(
    tmp_path: Path, alone: dict, before: int, after: int | None
) -> None:
    first = (3, 0, 1)
    train(before, tmp_path / "first", *STRICT, "--stages", *first, "--steps", 1)
    then = dict(zip((0, 3, 2), first, strict=True))  # stages and whose checkpoint they get
    for stage, origin in then.items():
        (tmp_path / f"then/stage-{stage}").mkdir(parents=True)
        shutil.copy(tmp_path / f"first/stage-{origin}/checkpoint.pt", tmp_path / f"then/stage-{stage}")
    for found in train(after, tmp_path / "then", *STRICT, "--stages", *then, "--resume").values():
        assert_same(found, alone)


def test_the_zeros_at_the_end_of_a_row_are_not_saved(tmp_path: Path) -> None:
    options = (*STRICT, "--batch", 6, "--stages", 0, 3)
    whole = train(2, tmp_path / "whole", *options)
    train(3, tmp_path / "parts", *options, "--steps", 1)
    for stage in (0, 3):
        state = torch.load(tmp_path / f"parts/stage-{stage}/checkpoint.pt", weights_only=True)["state"]
        shapes = {name: (3, p.numel()) for name, p in whole[stage]["learned"].items()}
        assert {name: t.shape for name, t in state.items()} == shapes
        assert any(t.shape[1] % 3 for t in state.values())
    resumed = train(2, tmp_path / "parts", *options, "--resume")
    for stage in (0, 3):
        assert_same(resumed[stage], whole[stage])


def test_a_broken_off_run_leaves_its_last_checkpoint(tmp_path: Path) -> None:
    def broken_off() -> None:
        take, SCRIPT.share = SCRIPT.share, lambda asked, step: 1 / 0 if step == 2 else take(asked, step)
        ranks.main(SCRIPT, ["train_zero.py", *map(str, (*SMALL, "--save-every", 2, "--out", tmp_path))])

    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        ranks.run(2, broken_off)
    assert len(torch.load(tmp_path / "stage-0/checkpoint.pt", weights_only=True)["losses"]) == 2
    assert [path.name for path in (tmp_path / "stage-0").iterdir()] == ["checkpoint.pt"]


def refused(world: int | None, *options: object) -> str:
    """Return what the script says when it refuses, which the first rank says alone."""
    runs = ranks.launch(world, SCRIPT, *options)
    assert [run.code for run in runs] == [2] * (world or 1), runs
    assert [run.stderr.count("\n") for run in runs] == [1] + [0] * (len(runs) - 1), runs
    return runs[0].stderr


def test_what_can_not_be_is_refused(tmp_path: Path) -> None:
    out = ("--out", tmp_path)
    assert "no 3 equal parts" in refused(3, *SMALL, *out)
    assert "multiple of 32" in refused(None, *SMALL, "--width", 40, *out)
    assert "layers must be above 0" in refused(None, *SMALL, "--layers", 0, *out)
    assert "No such file" in refused(None, "--text", tmp_path / "none", *out)
    (tmp_path / "short").write_text("short")
    assert "too short for windows of 65 bytes" in refused(None, "--text", tmp_path / "short", *out)
    assert "Not a directory" in refused(None, *SMALL, "--out", tmp_path / "short")
    (tmp_path / "stage-2").write_text("in the way")
    assert "File exists" in refused(None, *SMALL, *ALL, *out)


def test_a_stage_that_is_none_is_refused(tmp_path: Path) -> None:
    (done,) = ranks.launch(None, SCRIPT, *SMALL, "--stages", 0, 4, "--out", tmp_path)
    assert done.code == 2
    assert "invalid choice: 4" in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has what the others lack")
@pytest.mark.parametrize("options", ["--device cuda", "--backend nccl", "--device cpu --backend nccl"])
def test_a_device_or_backend_that_is_not_there_is_refused(tmp_path: Path, options: str) -> None:
    assert "cuda a GPU" in refused(None, *SMALL, *options.split(), "--out", tmp_path)


def test_a_checkpoint_that_can_not_be_resumed_is_refused(tmp_path: Path) -> None:
    resume = (*SMALL, "--stages", 2, "--resume", "--out", tmp_path)
    assert "stage-2/checkpoint.pt is missing" in refused(2, *resume)
    train(2, tmp_path, *SMALL, "--stages", 2)
    assert "3 steps already" in refused(None, *resume)
    more = (*resume, "--steps", 6)
    assert "stage-1/checkpoint.pt is missing" in refused(None, *more, "--stages", 2, 1)
    assert "another seed" in refused(None, *more, "--seed", 1)
    assert "another dtype, rate" in refused(None, *more, "--rate", 0.1, "--dtype", "float64")
    path = tmp_path / "stage-2/checkpoint.pt"
    written = path.read_bytes()
    for damaged in (b"nothing", written[: len(written) // 2], b""):
        path.write_bytes(damaged)
        assert "missing or damaged" in refused(None, *more)
    torch.save([1, 2], path)
    assert "missing or damaged" in refused(None, *more)


@pytest.mark.slow
def test_under_torchrun(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("to be or not to be, that is the question. " * 30)
    done = ranks.torchrun(2, SCRIPT, "--text", text, *SMALL[1:], *ALL, "--steps", 30, "--out", tmp_path / "out")
    assert done.code == 0, done.stderr
    losses = {stage: result(tmp_path / f"out/stage-{stage}")["losses"] for stage in STAGES}
    assert losses[0][-1] < losses[0][0] - 1
    for stage in STAGES:
        assert losses[stage] == pytest.approx(losses[0], abs=1e-3)
        assert f"stage {stage}: loss" in done.stdout
    assert "Warning" not in done.stderr


@pytest.mark.slow
def test_under_torchrun_a_refusal_is_heard(tmp_path: Path) -> None:
    done = ranks.torchrun(3, SCRIPT, *SMALL, "--out", tmp_path)
    assert done.code == 1, "torchrun's own"
    assert "--batch 8 has no 3 equal parts" in done.stderr
    assert "(exitcode: 2) local_rank: 0" in done.stderr
