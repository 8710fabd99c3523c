"""train_pipeline.py: every schedule equals one process, keeps and waits as it should, resumes, and refuses clearly."""

import json
from collections import Counter
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
import ranks
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

SCRIPT = ranks.script("scaling/train_pipeline")
WHOLE = ranks.script("scaling/train_ddp").GPT  # which knows nothing of stages
SMALL = ("--width", 32, "--layers", 8, "--context", 7, "--batch", 12, "--steps", 3)
EXACT = ("--synthetic", *SMALL, "--dtype", "float64")
ODD = (*EXACT, "--micros", 1, 3, 6)


def train(world: int | None, out: Path, *arguments: object) -> dict[str, dict[str, Any]]:
    """Run the script on forked ranks; return every run.json, by its folder, and what was learned."""
    runs = ranks.launch(world, SCRIPT, "--out", out, *arguments)
    assert [(run.code, run.stderr) for run in runs] == [(0, "")] * (world or 1), runs
    assert all(not run.stdout for run in runs[1:])
    return {path.name: read(path) for path in sorted(out.iterdir())}


def read(folder: Path) -> dict[str, Any]:
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
    gradients = torch.load(folder / "gradients.pt", weights_only=True)
    return {**json.loads((folder / "run.json").read_text()), "learned": checkpoint["model"], "gradients": gradients}


def plain() -> dict[str, Any]:
    """Train in one process, the whole model on the whole batch."""
    ranks.sys.argv = ["train_pipeline.py", *map(str, EXACT), "--micros", "1", "--out", "."]
    asked = SCRIPT.arguments()
    torch.manual_seed(0)
    model = WHOLE(32, 8, 7).double()
    optimizer, losses, gradients = torch.optim.SGD(model.parameters(), asked.rate, momentum=0.9), [], {}
    asked.device = "cpu"
    for step in range(3):
        batch = SCRIPT.batch(asked, step)
        assert batch.shape == (12, 8)
        loss = F.cross_entropy(model(batch[:, :-1]).reshape(-1, 256), batch[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        gradients = gradients or {name: p.grad.clone() for name, p in model.named_parameters()}
        optimizer.step()
    return {"losses": losses, "gradients": gradients, "learned": dict(model.state_dict())}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return ranks.run(None, plain)[0]


def assert_same(found: dict[str, Any], expected: dict[str, Any], within: float = 1e-12) -> None:
    assert found["losses"] == pytest.approx(expected["losses"], abs=within)
    for kind in ("gradients", "learned"):
        assert found[kind].keys() == expected[kind].keys()
        for name, tensor in found[kind].items():
            torch.testing.assert_close(tensor, expected[kind][name], rtol=0, atol=within)


def in_flight(run: dict[str, Any]) -> list[int]:
    return [rank["in_flight"] for rank in run["ranks"]]


@pytest.mark.parametrize("world", [None, 2, pytest.param(4, marks=pytest.mark.slow)])
def test_gradients_and_losses_are_those_of_one_process(tmp_path: Path, whole: dict, world: int | None) -> None:
    found = train(world, tmp_path, *ODD)  # on 4, 1f1b has fewer micro-batches than stages, too
    assert found.keys() == {f"{schedule}-{M}" for schedule, M in product(("gpipe", "1f1b"), (1, 3, 6))}
    for run in found.values():
        assert_same(run, whole)


@pytest.mark.parametrize("world", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.slow)])
def test_torch_trains_alike(tmp_path: Path, whole: dict, world: int) -> None:
    options = ("--engine", "torch", "--schedules", *SCRIPT.CHUNKS, "--micros", 4)
    found = train(world, tmp_path, *EXACT, *options)
    assert len(found) == 4
    for run in found.values():
        assert_same(run, whole)


@pytest.mark.parametrize("engine", ["scratch", "torch"])
@pytest.mark.parametrize("world", [2, 3])
def test_what_is_in_flight_and_sent(tmp_path: Path, world: int, engine: str) -> None:
    sizes = ("--layers", 6, "--steps", 1, "--micros", 4, 6)
    found = train(world, tmp_path, *EXACT, *sizes, "--engine", engine)
    for M in (4, 6):
        assert in_flight(found[f"gpipe-{M}"]) == [M] * world
        assert in_flight(found[f"1f1b-{M}"]) == [min(M, world - rank) for rank in range(world)]
    for run in found.values():  # each stage but the last sends activations, each but the first gradients
        neighbors = [(rank > 0) + (rank < world - 1) for rank in range(world)]
        assert [rank["sent"] for rank in run["ranks"]] == [12 * 7 * 32 * 8 * n for n in neighbors]


def test_fewer_micro_batches_than_stages_are_in_flight(tmp_path: Path) -> None:
    found = train(4, tmp_path, *EXACT, "--steps", 1, "--schedules", "1f1b", "--micros", 2)
    assert in_flight(found["1f1b-2"]) == [2, 2, 2, 1]


def test_autograd_keeps_memory_for_what_is_in_flight(tmp_path: Path) -> None:
    found = train(4, tmp_path, *EXACT, "--steps", 1, "--micros", 4, 6)
    for M in (4, 6):
        gpipe, f1b1 = (found[f"{schedule}-{M}"]["ranks"] for schedule in ("gpipe", "1f1b"))
        for rank, (one, other) in enumerate(zip(gpipe, f1b1, strict=True)):
            text = 12 * 8 * 8 if rank == 0 else 0  # the bytes of the whole batch are there at once
            assert (other["saved_bytes"] - text) * M == (one["saved_bytes"] - text) * (4 - rank)
    one, other = (found[f"1f1b-{M}"]["ranks"][1]["saved_bytes"] for M in (4, 6))
    assert 1.4 < one / other <= 1.5  # micro-batches of three windows, and of two


def test_what_autograd_keeps_is_what_it_holds() -> None:
    def freed_and_counted() -> tuple[int, int]:
        ranks.sys.argv = ["train_pipeline.py", *map(str, EXACT), "--micros", "3", "--out", "."]
        asked = SCRIPT.arguments()
        SCRIPT.set_up(asked)
        asked.schedule, asked.M = "gpipe", 3
        stage = SCRIPT.Stage(asked)
        stage.begin()
        stage.gradients(SCRIPT.batch(asked, 0))
        model, batch = WHOLE(32, 8, 7).double(), SCRIPT.batch(asked, 0)
        weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
        loss = F.cross_entropy(model(batch[:, :-1]).reshape(-1, 256), batch[:, 1:].reshape(-1))
        found, seen, left = {}, set(), [loss.grad_fn]
        while left:  # all nodes of the graph, and the tensors that they show
            node = left.pop()
            if node is not None and node not in seen:
                seen.add(node)
                left += [after for after, _ in node.next_functions]
                for name in dir(node):
                    if name.startswith("_saved_") and isinstance(kept := getattr(node, name), Tensor):
                        found[kept.untyped_storage().data_ptr()] = kept.untyped_storage().nbytes()
        return stage.saved_bytes, sum(n for at, n in found.items() if at not in weights)

    [(counted, held)] = ranks.run(1, freed_and_counted)
    assert counted == pytest.approx(held, rel=0.02)  # three masks and means instead of one


@given(st.integers(1, 9), st.integers(1, 20), st.sampled_from(sorted(SCRIPT.ORDERS)))
def test_orders_are_whole_and_never_stuck(P: int, M: int, schedule: str) -> None:
    orders = [SCRIPT.ORDERS[schedule](rank, P, M) for rank in range(P)]
    for rank, order in enumerate(orders):
        assert Counter(order) == Counter(product("FB", range(M)))
        at = {work: place for place, work in enumerate(order)}
        assert all(at["F", i] < at["B", i] for i in range(M))
        assert all(at[kind, i] < at[kind, i + 1] for kind in "FB" for i in range(M - 1)), "messages would be confused"
        flying = [sum(1 if kind == "F" else -1 for kind, _ in order[: n + 1]) for n in range(2 * M)]
        assert max(flying) == (M if schedule == "gpipe" else min(M, P - rank))
    done: set[tuple[int, str, int]] = set()
    while any(orders):
        ready = [rank for rank, order in enumerate(orders) if order and is_ready(rank, *order[0], P, done)]
        assert ready, "all wait for one another"
        done |= {(rank, *orders[rank].pop(0)) for rank in ready}


def is_ready(rank: int, kind: str, i: int, P: int, done: set[tuple[int, str, int]]) -> bool:
    """Say whether a stage has what it needs from its neighbor."""
    source = rank - 1 if kind == "F" else rank + 1
    return source in (-1, P) or (source, kind, i) in done


@pytest.mark.parametrize("P", [2, 4])
@pytest.mark.parametrize("M", [1, 2, 8])
@pytest.mark.parametrize("schedule", sorted(SCRIPT.ORDERS))
def test_in_units_of_time_the_bubble_is_the_formula(P: int, M: int, schedule: str) -> None:
    orders = [SCRIPT.ORDERS[schedule](rank, P, M) for rank in range(P)]
    ends: dict[tuple[int, str, int], int] = {}
    clock = [0] * P
    while any(orders):
        for rank, order in enumerate(orders):
            while order and is_ready(rank, *order[0], P, set(ends)):
                kind, i = order.pop(0)
                arrived = ends.get((rank - 1 if kind == "F" else rank + 1, kind, i), 0)
                clock[rank] = ends[rank, kind, i] = max(clock[rank], arrived) + (1 if kind == "F" else 2)
    assert 1 - 3 * M / max(clock) == pytest.approx((P - 1) / (M + P - 1))


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Train on two processes at a pace that leaves a busy machine room."""
    sizes = (*SMALL, "--batch", 16, "--micros", 2, 16, "--steps", 1)
    return train(2, tmp_path_factory.mktemp("paced"), "--synthetic", *sizes, "--pace", 20)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["gpipe", "1f1b"])
def test_the_bubble_is_near_the_formula(paced: dict, schedule: str) -> None:
    few, many = (paced[f"{schedule}-{M}"] for M in (2, 16))
    assert few["formula"] == pytest.approx(1 / 3)
    assert many["formula"] == pytest.approx(1 / 17)
    assert few["bubble"] > many["bubble"]
    for run in (few, many):
        assert run["formula"] - 0.02 < run["bubble"] < run["formula"] + 0.15


@pytest.mark.slow
def test_every_stage_keeps_pace(paced: dict) -> None:
    for run in paced.values():
        for event in (event for rank in run["ranks"] for event in rank["trace"]):
            assert event["end"] - event["start"] > (0.0199 if event["kind"] == "F" else 0.0399)


def assert_possible(run: dict[str, Any], slack: float) -> None:
    """Assert that no process did two things at once, and none began before it had its input."""
    ends = {(e["kind"], e["stage"], e["micro"]): e["end"] for rank in run["ranks"] for e in rank["trace"]}
    last = max(stage for _, stage, _ in ends)
    for rank in run["ranks"]:
        for one, other in pairwise(rank["trace"]):
            assert one["start"] < one["end"] <= other["start"]
        for event in rank["trace"]:
            kind, stage, micro = event["kind"], event["stage"], event["micro"]
            if kind == "F" and stage > 0:
                assert event["start"] > ends["F", stage - 1, micro] - slack
            if kind == "B" and stage < last:
                assert event["start"] > ends["B", stage + 1, micro] - slack
            if kind != "F":
                assert event["start"] >= ends["F" if kind == "B" else "B", stage, micro]


@pytest.mark.slow
def test_the_trace_is_possible(paced: dict) -> None:
    for run in paced.values():
        assert_possible(run, slack=0.01)  # clocks begin when a barrier ends, and a busy machine is late
        assert len(run["ranks"][0]["trace"]) == 2 * run["micros"]


@pytest.mark.slow
def test_torch_is_traced_too(tmp_path: Path) -> None:
    sizes = ("--synthetic", *SMALL, "--batch", 8, "--steps", 2, "--pace", 20, "--micros", 8)
    found = train(2, tmp_path, *sizes, "--engine", "torch", "--schedules", *SCRIPT.CHUNKS)
    kinds = {"gpipe": "FB", "1f1b": "FB", "interleaved": "FB", "zb": "FBW"}
    for name, run in found.items():
        assert_possible(run, slack=0.01)
        chunks = SCRIPT.CHUNKS[run["schedule"]]
        trace = [(e["kind"], e["stage"], e["micro"]) for rank in run["ranks"] for e in rank["trace"]]
        assert Counter(trace) == Counter(product(kinds[run["schedule"]], range(2 * chunks), range(8))), name
        assert (run["formula"] is None) == (chunks == 2)
        assert [rank["saved_bytes"] for rank in run["ranks"]] == [None, None]
        busy = sum(e["end"] - e["start"] for rank in run["ranks"] for e in rank["trace"])
        assert busy > 2 * 8 * 0.06 * 0.99, "a micro-batch takes as long on a process in every schedule"


@pytest.mark.slow
def test_resume_goes_on_as_if_undisturbed(tmp_path: Path) -> None:
    options = (*EXACT, "--schedules", "1f1b", "--micros", 3)
    undisturbed = train(1, tmp_path / "whole", *options, "--steps", 6)["1f1b-3"]
    for steps, world in ((2, 2), (4, 4), (6, 1)):
        again = () if steps == 2 else ("--resume",)
        found = train(world, tmp_path / "parts", *options, "--steps", steps, *again)["1f1b-3"]
        assert found["world"] == world
        assert found["losses"] == pytest.approx(undisturbed["losses"][:steps], abs=1e-12)
    assert_same(found, undisturbed)


def test_resume_on_as_many_processes_is_exact(tmp_path: Path) -> None:
    options = (*EXACT, "--schedules", "gpipe", "--micros", 4)
    undisturbed = train(2, tmp_path / "whole", *options)["gpipe-4"]
    train(2, tmp_path / "parts", *options, "--steps", 1)
    assert_same(train(2, tmp_path / "parts", *options, "--resume")["gpipe-4"], undisturbed, within=0)


def test_the_report(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("In a hole in the ground there lived a pipeline. " * 20)
    runs = ranks.launch(2, SCRIPT, "--text", text, *SMALL, "--micros", 2, "--out", tmp_path / "made")
    assert [run.code for run in runs] == [0, 0], runs[0].stderr
    lines = runs[0].stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["gpipe-2", "1f1b-2"]
    assert "(formula 0.333)" in lines[1]
    run = json.loads((tmp_path / "made/1f1b-2/run.json").read_text())
    expected = {"schedule": "1f1b", "micros": 2, "engine": "scratch", "pace": 0.0, "world": 2, "layers": 8}
    assert run.items() >= expected.items()
    assert len(run["losses"]) == 3
    assert 0 < run["bubble"] < 1
    assert run["step"] > 0


REFUSALS = [
    (3, (), "--layers 8 don't divide evenly over 3 stages; give a multiple of 3."),
    (2, ("--micros", 4, 5), "--batch 12 has no 5 equal micro-batches; give a multiple of 5."),
    (2, ("--schedules", "zb"), "--engine scratch has no zb; say --engine torch."),
    (1, ("--schedules", "gpipe", "interleaved"), "--engine scratch has no interleaved; say --engine torch."),
    (4, ("--schedules", "zb", "--engine", "torch", "--layers", 4), "--layers 4 don't divide evenly over 8 stages"),
    (4, ("--micros", 2, "--engine", "torch"), "torch's 1f1b has no order for 2 micro-batches on 4 processes"),
    (
        2,
        ("--schedules", "interleaved", "--engine", "torch", "--batch", 10, "--micros", 5),
        "torch's interleaved has no order for 5 micro-batches on 2 processes; give a multiple of 2.",
    ),
    (2, ("--micros", 0), "micros must be above 0."),
    (2, ("--steps", 0), "steps must be above 0."),
    (2, ("--width", 40), "--width 40 has no heads of 32; give a multiple of 32."),
    (2, ("--pace", -1), "--pace -1.0 can't be kept; give milliseconds from 0 to 10 000."),
    (2, ("--pace", "nan"), "--pace nan can't be kept"),
    (2, ("--resume",), "gpipe-4/checkpoint.pt is missing or damaged; leave --resume out."),
    (2, ("--device", "cpu", "--backend", "nccl"), "nccl needs --device cuda"),
]


@pytest.mark.parametrize(("world", "options", "sentence"), REFUSALS, ids=lambda value: str(value)[:30])
def test_refusals_are_one_sentence(tmp_path: Path, world: int, options: tuple, sentence: str) -> None:
    options = (*EXACT, "--micros", 4, "--out", tmp_path / "out", *options)
    [run] = ranks.launch(None, SCRIPT, *options, environment={"WORLD_SIZE": str(world)})  # the first of so many
    assert run.code == 2
    assert sentence in run.stderr
    assert run.stderr.count("\n") == 1


def test_only_the_first_process_refuses_aloud(tmp_path: Path) -> None:
    runs = ranks.launch(2, SCRIPT, *EXACT, "--micros", 5, "--out", tmp_path)
    assert [run.code for run in runs] == [2, 2]
    assert runs[0].stderr
    assert not runs[1].stderr


def test_checkpoints_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    options = ("--synthetic", *SMALL, "--schedules", "gpipe", "--micros", 2, "--out", tmp_path)
    assert ranks.launch(1, SCRIPT, *options)[0].code == 0
    checkpoint = tmp_path / "gpipe-2/checkpoint.pt"
    for more, sentence in (
        (("--steps", 9, "--rate", 0.1), "is of a run with another rate; give the same."),
        (("--steps", 9, "--text", __file__), "is of a run with another text; give the same."),
        ((), "has 3 steps already; ask for more --steps."),
    ):
        own = options[1:] if "--text" in more else options
        [run] = ranks.launch(1, SCRIPT, *own, *more, "--resume")
        assert run.code == 2
        assert run.stderr == f"{checkpoint} {sentence}\n"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    [run] = ranks.launch(1, SCRIPT, *options, "--steps", 9, "--resume")
    assert "is missing or damaged" in run.stderr


def test_texts_that_can_not_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    for name, sentence in (("none", "No such file or directory"), ("short", "is too short for windows of 8 bytes.")):
        [run] = ranks.launch(None, SCRIPT, "--text", tmp_path / name, *SMALL, "--out", tmp_path)
        assert run.code == 2
        assert sentence in run.stderr


@pytest.mark.slow
def test_under_torchrun(tmp_path: Path) -> None:
    done = ranks.torchrun(2, SCRIPT, "--synthetic", *SMALL, "--steps", 20, "--micros", 4, "--out", tmp_path)
    assert done.code == 0, done.stderr
    assert "Warning" not in done.stderr
    for schedule in ("gpipe", "1f1b"):
        losses = json.loads((tmp_path / f"{schedule}-4/run.json").read_text())["losses"]
        assert losses[-1] < losses[0] - 1
