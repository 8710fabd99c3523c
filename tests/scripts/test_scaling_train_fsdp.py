"""FSDP2: trains like one process and like ZeRO by hand, holds 1/N, and resumes on other processes."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import ranks
import torch
import torch.distributed as dist

SCRIPT = ranks.script("scaling/train_fsdp")
ZERO = ranks.script("scaling/train_zero")
SMALL = ("--synthetic", "--width", 32, "--layers", 2, "--context", 16, "--batch", 8, "--steps", 4)
STRICT = (*SMALL, "--dtype", "float64")


def train(world: int | None, out: Path, *options: object, script: Any = SCRIPT) -> dict[str, Any]:
    """Run the script; return run.json, and the parameters that were learned."""
    runs = ranks.launch(world, script, *options, "--out", out)
    assert [(run.code, run.stderr) for run in runs] == [(0, "")] * (world or 1), runs
    assert all(not run.stdout for run in runs[1:])
    if script is ZERO:
        [out] = out.glob("stage-*")
    found = json.loads((out / "run.json").read_text())
    if script is ZERO:
        state = torch.load(out / "checkpoint.pt", weights_only=True)["state"]
        model = SCRIPT.GPT(found["width"], found["layers"], found["context"])
        learned = {name: state[name][0].view_as(p) for name, p in model.named_parameters()}
        return {**found, "learned": learned}
    return {**found, "learned": torch.load(out / "parameters.pt", weights_only=True)}


def assert_same(one: dict[str, Any], other: dict[str, Any], within: float = 1e-10) -> None:
    assert one["losses"] == pytest.approx(other["losses"], abs=within)
    assert one["learned"].keys() == other["learned"].keys()
    for name, parameter in one["learned"].items():
        torch.testing.assert_close(parameter, other["learned"][name], rtol=0, atol=within)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One process, all by hand."""
    return train(None, tmp_path_factory.mktemp("alone"), *STRICT, script=ZERO)


@pytest.mark.parametrize("options", [(), ("--keep-parameters",)])
@pytest.mark.parametrize("world", [None, 2, 4])
def test_it_trains_like_one_process(tmp_path: Path, alone: dict, world: int | None, options: tuple) -> None:
    assert_same(train(world, tmp_path, *STRICT, *options), alone)


def test_it_trains_like_stage_3_by_hand(tmp_path: Path) -> None:
    by_hand = train(2, tmp_path / "hand", *STRICT, "--stages", 3, script=ZERO)
    assert_same(train(2, tmp_path / "fsdp", *STRICT), by_hand)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_means_over_the_ranks(dtype: torch.dtype) -> None:
    """Adam hardly sees a gradient P times too large, so the gradients themselves are compared."""

    def gradients(cut: bool) -> list[torch.Tensor]:
        dist.init_process_group("gloo")
        asked = Namespace(
            device="cpu", precision="full", dtype=str(dtype).removeprefix("torch."), keep_parameters=False
        )
        torch.manual_seed(0)
        model = SCRIPT.GPT(32, 2, 16).to(dtype)
        windows = torch.randint(256, (4, 17), generator=torch.Generator().manual_seed(1))
        if cut:
            SCRIPT.shard(asked, model)
        SCRIPT.loss(model, windows.chunk(dist.get_world_size())[dist.get_rank()]).backward()
        return [p.grad.full_tensor() if cut else p.grad for p in model.parameters()]

    whole = ranks.run(1, gradients, False)[0]
    for found in ranks.run(4, gradients, True):
        torch.testing.assert_close(found, whole, rtol=0, atol=1e-6 if dtype == torch.float32 else 1e-12)


@pytest.mark.parametrize("options", [(), ("--keep-parameters",), ("--precision", "bf16")])
@pytest.mark.parametrize("world", [2, 4])
def test_each_rank_holds_its_share(tmp_path: Path, world: int, options: tuple) -> None:
    found = train(world, tmp_path, *SMALL, *options)
    share = found["parameter_bytes"] / world
    expected = {"parameters": share, "gradients": share, "moments": 2 * share}
    assert found["formula"] == expected
    gathered = world * share if options == ("--keep-parameters",) else 0
    assert found["ranks"] == [{"gathered": gathered, **expected}] * world


def test_sizes_that_are_no_multiple_are_padded(tmp_path: Path) -> None:
    found = train(3, tmp_path, *SMALL, "--batch", 6)
    totals = [rank["moments"] for rank in found["ranks"]]
    assert max(totals) > found["formula"]["moments"]
    assert sum(totals) <= 1.05 * 2 * found["parameter_bytes"]


def test_half_precision_computes_roughly_the_same_and_keeps_the_whole(tmp_path: Path) -> None:
    half = train(2, tmp_path / "half", *SMALL, "--precision", "bf16")
    full = train(2, tmp_path / "full", *SMALL)
    assert half["losses"] != full["losses"]
    assert half["losses"] == pytest.approx(full["losses"], abs=0.02)
    assert {p.dtype for p in half["learned"].values()} == {torch.float32}


@pytest.mark.slow
def test_a_resumed_run_is_bit_by_bit_the_undisturbed_one(tmp_path: Path) -> None:
    whole = train(2, tmp_path / "whole", *STRICT)
    train(2, tmp_path / "parts", *STRICT, "--steps", 2)
    assert_same(train(2, tmp_path / "parts", *STRICT, "--resume"), whole, within=0)


@pytest.mark.parametrize(("before", "after"), [(2, 4), (2, None), (1, 2)])
@pytest.mark.slow
def test_resumed_on_other_processes(tmp_path: Path, alone: dict, before: int, after: int | None) -> None:
    train(before, tmp_path, *STRICT, "--steps", 2)
    assert_same(train(after, tmp_path, *STRICT, "--resume"), alone)


def test_only_the_last_checkpoint_stays_and_what_a_stopped_run_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "step-2-of-2").mkdir()
    (tmp_path / "step-2-of-2" / ".metadata").write_text("half written")
    train(2, tmp_path, *SMALL, "--save-every", 1)
    assert [path.name for path in tmp_path.glob("step-*")] == ["step-4-of-2"]


def refused(world: int | None, *options: object) -> str:
    """Return what the script says when it refuses, which the first rank says alone."""
    runs = ranks.launch(world, SCRIPT, *options)
    assert [run.code for run in runs] == [2] * (world or 1), runs
    assert [run.stderr.count("\n") for run in runs] == [1] + [0] * (len(runs) - 1), runs
    return runs[0].stderr


def test_what_can_not_be_is_refused(tmp_path: Path) -> None:
    out = ("--out", tmp_path)
    assert "no 3 equal parts" in refused(3, *SMALL, *out)
    assert "No such file" in refused(None, "--text", tmp_path / "none", *out)
    if not torch.cuda.is_available():
        assert "cuda a GPU" in refused(None, *SMALL, *out, "--backend", "nccl")


@pytest.mark.slow
def test_a_checkpoint_that_can_not_be_resumed_is_refused(tmp_path: Path) -> None:
    resume = (*SMALL, "--resume", "--out", tmp_path)
    assert "checkpoint.json is missing" in refused(None, *resume)
    train(2, tmp_path, *SMALL)
    more = (*resume, "--steps", 6)
    assert "another precision" in refused(None, *more, "--precision", "bf16")
    for name in ("__1_0.distcp", ".metadata"):
        (path,) = tmp_path.rglob(name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert "missing or damaged" in refused(2, *more)
        path.unlink()
        assert "missing or damaged" in refused(2, *more)


@pytest.mark.slow
def test_under_torchrun(tmp_path: Path) -> None:
    done = ranks.torchrun(2, SCRIPT, *SMALL, "--steps", 30, "--out", tmp_path)
    assert done.code == 0, done.stderr
    losses = json.loads((tmp_path / "run.json").read_text())["losses"]
    assert losses[-1] < losses[0] - 1
    assert "2 processes: loss" in done.stdout
    assert "Warning" not in done.stderr
