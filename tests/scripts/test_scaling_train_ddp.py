"""train_ddp.py: every engine equals one process, overlaps where it should, resumes, and refuses in one sentence."""

import json
from pathlib import Path

import pytest
import ranks
import torch
from torch import Tensor
from torch.nn import functional as F

SCRIPT = ranks.script("scaling/train_ddp")
ENGINES = tuple(SCRIPT.ENGINES)
SMALL = ("--width", 32, "--layers", 2, "--context", 16, "--batch", 8, "--bucket-kb", 20, "--steps", 4)
EXACT = (*SMALL, "--synthetic", "--dtype", "float64")


def launch(world: int | None, out: Path, *arguments: object, engines: tuple[str, ...] = ENGINES) -> dict[str, dict]:
    """Run the script on forked ranks; return what it wrote into each engine's run.json."""
    for run in ranks.launch(world, SCRIPT, "--out", out, "--engines", *engines, *arguments):
        assert (run.code, run.stderr) == (0, "")
    return {engine: json.loads((out / engine / "run.json").read_text()) for engine in engines}


def train(world: int | None, out: Path, *arguments: object, engine: str = "bucketed") -> dict:
    return launch(world, out, *arguments, engines=(engine,))[engine]


def tensors(path: Path) -> dict[str, Tensor]:
    return torch.load(path, weights_only=True)


def learned(out: Path, engine: str = "bucketed") -> dict[str, Tensor]:
    return tensors(out / engine / "checkpoint.pt")["model"]


def distance(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    """Return the largest difference, relative to the largest number."""
    assert found.keys() == expected.keys()
    largest = max(float(t.abs().max()) for t in expected.values())
    return max(float((found[name] - expected[name]).abs().max()) for name in expected) / largest


def plain(*arguments: object) -> dict:
    """Train with whole batches by autograd and SGD alone, without shares and engines."""
    ranks.sys.argv = ["train_ddp.py", *map(str, arguments)]
    asked = SCRIPT.arguments()
    SCRIPT.set_up(asked)
    torch.manual_seed(asked.seed)
    model = SCRIPT.GPT(asked.width, asked.layers, asked.context).to(getattr(torch, asked.dtype))
    sgd = torch.optim.SGD(model.parameters(), asked.rate, momentum=0.9)
    losses, first = [], {}
    for step in range(asked.steps):
        batch = SCRIPT.share(asked, step)
        assert batch.shape == (8, 17)
        sgd.zero_grad()
        loss = F.cross_entropy(model(batch[:, :-1]).mT, batch[:, 1:])
        loss.backward()
        first = first or {name: p.grad.clone() for name, p in model.named_parameters()}
        sgd.step()
        losses.append(loss.item())
    return {"losses": losses, "gradients": first, "learned": model.state_dict()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return ranks.run(1, plain, *EXACT, "--out", tmp_path_factory.mktemp("plain"))[0]


def assert_equal(out: Path, engine: str, run: dict, expected: dict, within: float) -> None:
    assert run["losses"] == pytest.approx(expected["losses"], rel=within)
    assert distance(tensors(out / engine / "gradients.pt"), expected["gradients"]) < within
    assert distance(learned(out, engine), expected["learned"]) < within


def test_the_loss_falls_from_that_of_a_guess(expected: dict) -> None:
    assert expected["losses"][0] == pytest.approx(5.6, abs=0.5), "ln 256 = 5.5"
    assert expected["losses"][-1] < expected["losses"][0]


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("world", [None, 2, 4])
def test_engines_equal_one_process(world: int | None, accumulate: int, expected: dict, tmp_path: Path) -> None:
    for engine, run in launch(world, tmp_path, *EXACT, "--accumulate", accumulate).items():
        assert_equal(tmp_path, engine, run, expected, within=1e-12)
        assert (run["world"], len(run["losses"]), len(run["ranks"])) == (world or 1, 4, world or 1)
        assert run["step"] > run["wait"] >= 0


def test_single_precision_is_equal_up_to_its_rounding(tmp_path: Path) -> None:
    [expected] = ranks.run(1, plain, *SMALL, "--synthetic", "--out", tmp_path)
    for engine, run in launch(4, tmp_path, *SMALL, "--synthetic").items():
        assert_equal(tmp_path, engine, run, expected, within=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_of_one_launch_do_not_touch_one_another(engine: str, tmp_path: Path) -> None:
    alone = train(2, tmp_path / "alone", *EXACT, engine=engine)
    together = launch(2, tmp_path / "together", *EXACT, engines=tuple(reversed(ENGINES)))[engine]
    assert together["losses"] == alone["losses"]
    assert distance(*[learned(tmp_path / name, engine) for name in ("together", "alone")]) == 0
    calls = [[call["bytes"] for call in run["ranks"][1]["all_reduces"]] for run in (together, alone)]
    assert calls[0] == calls[1]


@pytest.mark.parametrize(
    ("engine", "overlaps"), [("naive", False), ("flat", False), ("bucketed", True), ("torch", True)]
)
def test_buckets_leave_before_backward_is_done(engine: str, overlaps: bool, tmp_path: Path) -> None:
    run = train(2, tmp_path, *EXACT, "--accumulate", 2, engine=engine)
    parameters = learned(tmp_path, engine)
    assert run["bytes"] == sum(p.nbytes for p in parameters.values()), "each is handed over once a step"
    for rank in run["ranks"]:
        ready, calls = sorted(rank["ready"].values()), rank["all_reduces"]
        assert rank["ready"].keys() == parameters.keys()
        assert all(call["start"] < call["end"] for call in calls)
        assert all(call["start"] > ready[0] for call in calls), "nothing is averaged before it is there"
        assert any(call["start"] < ready[-1] for call in calls) == overlaps
        assert len(calls) == {"naive": len(parameters), "flat": 1}.get(engine, len(calls))
        assert len(calls) > 3 or engine == "flat"


def test_a_bucket_is_sent_when_it_is_full(tmp_path: Path) -> None:
    def sizes(*options: object) -> list[int]:
        return [call["bytes"] for call in train(1, tmp_path, *EXACT, *options)["ranks"][0]["all_reduces"]]

    found = sizes()
    assert len(found) > 3
    assert all(size >= 20 * 1024 for size in found[:-1])
    assert len(sizes("--bucket-kb", 10**6)) == 1


@pytest.mark.parametrize("engine", ["bucketed", "torch"])
def test_a_resumed_run_equals_an_undisturbed_one(engine: str, tmp_path: Path) -> None:
    whole = train(2, tmp_path / "whole", *EXACT, "--steps", 6, engine=engine)
    train(2, tmp_path / "parts", *EXACT, "--steps", 3, engine=engine)
    parts = train(2, tmp_path / "parts", *EXACT, "--steps", 6, "--resume", engine=engine)
    assert parts["losses"] == whole["losses"]
    assert distance(*[learned(tmp_path / name, engine) for name in ("parts", "whole")]) == 0


def test_another_number_of_processes_may_resume(tmp_path: Path) -> None:
    whole = train(None, tmp_path / "whole", *EXACT, "--steps", 5)
    train(4, tmp_path / "parts", *EXACT, "--steps", 4, "--save-every", 2)
    parts = train(2, tmp_path / "parts", *EXACT, "--steps", 5, "--resume")
    assert parts["losses"] == pytest.approx(whole["losses"], rel=1e-12)
    assert distance(*[learned(tmp_path / name) for name in ("parts", "whole")]) < 1e-12


def test_a_broken_off_run_leaves_its_last_checkpoint(tmp_path: Path) -> None:
    def broken_off() -> None:
        take, SCRIPT.share = SCRIPT.share, lambda asked, step: 1 / 0 if step == 5 else take(asked, step)
        ranks.main(SCRIPT, ["train_ddp.py", *map(str, (*EXACT, "--steps", 8, "--save-every", 2, "--out", tmp_path))])

    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        ranks.run(2, broken_off)
    assert len(tensors(tmp_path / "bucketed/checkpoint.pt")["losses"]) == 4
    assert not (tmp_path / "bucketed/run.json").exists()


def test_a_sum_that_fails_is_an_error() -> None:
    def left_alone() -> None:
        ranks.dist.init_process_group("gloo")
        engine = SCRIPT.Engine(torch.nn.Linear(1, 1), 1)
        engine.began, engine.calls = 0.0, []
        engine.all_reduce(torch.ones(3)).wait()
        if ranks.os.environ["RANK"] == "0":  # while the other one leaves
            with pytest.raises(RuntimeError):
                engine.all_reduce(torch.ones(3)).wait()

    ranks.run(2, left_alone)


def test_an_average_that_one_rank_leaves_out_is_found(tmp_path: Path) -> None:
    def own_sum(engine: SCRIPT.Engine) -> None:
        engine.all_reduce(torch.cat([p.grad.flatten() for p in engine.model.parameters()])).wait()

    def careless() -> int:
        if ranks.os.environ["RANK"] == "1":
            SCRIPT.Flat.average = own_sum
        with pytest.raises(SystemExit) as leaving:
            ranks.main(SCRIPT, ["train_ddp.py", *map(str, (*EXACT, "--engines", "flat", "--out", tmp_path))])
        return leaving.value.code

    assert ranks.run(2, careless) == [2, 2]


def test_a_text_is_learned(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("To be, or not to be, that is the question. " * 20)
    losses = train(2, tmp_path, *SMALL, "--text", tmp_path / "text", "--steps", 10)["losses"]
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.parametrize(
    ("world", "arguments", "sentence"),
    [
        (3, (), "--batch 8 has no 3 equal parts"),
        (2, ("--accumulate", 8), "--batch 8 has no 16 equal parts"),
        (None, ("--steps", 0), "steps must be above 0."),
        (None, ("--rate", -1), "rate must be above 0."),
        (None, ("--width", 48), "give a multiple of 32"),
        (None, ("--backend", "nccl"), "nccl needs --device cuda, and cuda a GPU"),
        (None, ("--device", "cuda"), "nccl needs --device cuda, and cuda a GPU"),
        (2, ("--resume",), "checkpoint.pt is missing or damaged; leave --resume out."),
        (None, ("--context", 10**6), "too short for windows of 1000001 bytes"),
    ],
)
def test_what_cannot_be_is_said_once(world: int | None, arguments: tuple, sentence: str, tmp_path: Path) -> None:
    runs = ranks.launch(world, SCRIPT, *EXACT, "--out", tmp_path, *arguments)
    assert {run.code for run in runs} == {2}
    assert sentence in runs[0].stderr
    assert len(runs[0].stderr.splitlines()) == 1
    assert not any(run.stderr for run in runs[1:])


def test_a_text_that_is_not_there_is_named(tmp_path: Path) -> None:
    [run] = ranks.launch(None, SCRIPT, "--out", tmp_path, "--text", tmp_path / "missing.txt")
    assert (run.code, run.stderr) == (2, f"No such file or directory: {tmp_path / 'missing.txt'}; name another.\n")


def test_a_file_in_the_place_of_an_engines_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "flat").write_text("in the way")
    for run in ranks.launch(2, SCRIPT, *EXACT, "--out", tmp_path, "--engines", "naive", "flat"):
        assert run.code == 2
        assert run.stderr in {f"File exists: {tmp_path / 'flat'}; name another.\n", ""}


@pytest.mark.parametrize("content", [b"", b"no archive", None, [1, 2]], ids=["empty", "text", "half", "another's"])
def test_a_damaged_checkpoint_is_refused(content: object, tmp_path: Path) -> None:
    path = tmp_path / "bucketed/checkpoint.pt"
    path.parent.mkdir()
    if isinstance(content, list):
        torch.save(content, path)
    elif content is None:
        train(None, tmp_path, *EXACT)
        content = path.read_bytes()[: path.stat().st_size // 2]
    if isinstance(content, bytes):
        path.write_bytes(content)
    [run] = ranks.launch(None, SCRIPT, *EXACT, "--out", tmp_path, "--resume", "--steps", 9)
    assert run.code == 2
    assert "is missing or damaged; leave --resume out." in run.stderr


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    train(None, tmp_path, *EXACT)
    [run] = ranks.launch(None, SCRIPT, *EXACT, "--out", tmp_path, "--resume", "--seed", 1, "--rate", 1, "--steps", 9)
    assert (run.code, len(run.stderr.splitlines())) == (2, 1)
    assert "is of a run with another rate; give the same." in run.stderr
    [run] = ranks.launch(None, SCRIPT, *EXACT, "--out", tmp_path, "--resume")
    assert (run.code, "has 4 steps already; ask for more --steps." in run.stderr) == (2, True)


@pytest.mark.slow
def test_torchrun_starts_it(expected: dict, tmp_path: Path) -> None:
    done = ranks.torchrun(2, SCRIPT, *EXACT, "--out", tmp_path, "--engines", "torch")
    assert done.code == 0, done.stderr
    assert "2 processes" in done.stdout
    assert distance(learned(tmp_path, "torch"), expected["learned"]) < 1e-12
