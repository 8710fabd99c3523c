"""speedup.py: every setting is measured, its gradients are those of one process, and bad input is refused."""

import json
from pathlib import Path

import pytest
import ranks
import torch
import torch.distributed as dist

SCRIPT = ranks.script("scaling/speedup")
QUICK = ("--synthetic", "--width", 32, "--layers", 1, "--repeats", 1)


@pytest.mark.parametrize("world", [None, 1, 2, 4])
def test_each_setting_is_measured(tmp_path: Path, world: int | None) -> None:
    runs = ranks.launch(world, SCRIPT, *QUICK, "--batches", 4, 8, "--codes", "batched", "looped", "--out", tmp_path)
    assert [run.code for run in runs] == [0] * (world or 1), runs[0].stderr
    assert not any(run.stdout for run in runs[1:])
    rows = json.loads((tmp_path / "run.json").read_text())["rows"]
    counts = [p for p in (1, 2, 4) if p <= (world or 1)]
    expected = {(b, c, p) for b in (4, 8) for c in ("batched", "looped") for p in counts}
    assert {(row["batch"], row["code"], row["processes"]) for row in rows} == expected
    assert all(0 <= row[part] <= row["step"] * 1.5 for row in rows for part in SCRIPT.PARTS)
    assert all(len(row["steps"]) == 1 for row in rows)


def small() -> tuple[torch.nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    return SCRIPT.GPT(32, 1, 8).double(), torch.randint(256, (8, 9))


def stepped(code: str) -> list[torch.Tensor]:
    dist.init_process_group("gloo")
    model, batch = small()
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3)
    SCRIPT.timed_step(model, sgd, batch, code, dist.group.WORLD)
    return [p.detach() for p in model.parameters()]


@pytest.mark.parametrize("world", [1, 2, 4])
@pytest.mark.parametrize("code", ["batched", "looped"])
def test_a_step_is_that_of_one_process_with_the_whole_batch(world: int, code: str) -> None:
    model, batch = small()
    SCRIPT.loss(model, batch).backward()
    expected = [(p - 1e-3 * p.grad).detach() for p in model.parameters()]
    for stepped_to in ranks.run(world, stepped, code):
        for found, right in zip(stepped_to, expected, strict=True):
            torch.testing.assert_close(found, right, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--synthetic", "--width", 33), "give a multiple of 32."),
        (("--synthetic", "--batches", 0), "0 is too small"),
        (("--synthetic", "--batches", 4, 3), "A batch of 3 does not divide among 2"),
        (("--synthetic", "--device", "cuda"), "no GPU"),
        (("--synthetic", "--backend", "nccl"), "no GPU"),
        (("--text", "/none/at/all"), "No such file or directory: /none/at/all; name another."),
        (("--synthetic", "--out", __file__), "name another."),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments: tuple[object, ...], sentence: str) -> None:
    runs = ranks.launch(2, SCRIPT, *arguments)
    assert [run.code for run in runs] == [2, 2]
    assert sentence in runs[0].stderr
    assert len(runs[0].stderr.strip().splitlines()) == 1
    assert not runs[1].stderr


def test_a_text_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    (run,) = ranks.launch(None, SCRIPT, "--text", tmp_path / "short")
    assert (run.code, run.stdout) == (2, "")
    assert "too short for windows of 33 bytes" in run.stderr


def test_its_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(bytes(range(200)))
    (run,) = ranks.launch(None, SCRIPT, "--text", tmp_path / "text", *QUICK[1:], "--batches", 2)
    assert run.code == 0, run.stderr
