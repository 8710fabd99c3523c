"""ddp_differences.py: what equals the whole batch, what does not, and by how much dropout's mean comes nearer."""

import json
from pathlib import Path

import pytest
import ranks
import torch
import torch.distributed as dist

SCRIPT = ranks.script("scaling/ddp_differences")
EQUAL = ("batch norm, synchronized", "uneven shares, sums over the whole count")
EQUAL += ("padded sequences, sums over the whole count",)
UNEQUAL = ("batch norm, own share", "batch norm, variance kept", "uneven shares, mean of means")
UNEQUAL += ("padded sequences, mean of means", "order of data, examples repeated", "order of data, examples left out")


@pytest.fixture(scope="module", params=[(2, 0), (3, 1), (4, 0), (4, 2)], ids=str)
def measured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    world, seed = request.param
    out = tmp_path_factory.mktemp("made")
    for run in ranks.launch(world, SCRIPT, "--seed", seed, "--out", out):
        assert (run.code, run.stderr) == (0, "")
    return json.loads((out / "run.json").read_text())


def test_sums_over_all_ranks_equal_the_whole_batch(measured: dict) -> None:
    assert max(measured["differences"][case] for case in EQUAL) < 1e-13


def test_means_of_shares_do_not(measured: dict) -> None:
    assert min(measured["differences"][case] for case in UNEQUAL) > 1e-3


def test_dropout_is_another_draw_with_the_same_mean(measured: dict) -> None:
    for name in ("one seed", "a seed each"):
        assert measured["differences"][f"dropout, {name}, first draw"] > 0.05
        distances = [measured["differences"][f"dropout, {name}, mean of {k} against expectation"] for k in SCRIPT.DRAWS]
        assert distances[-1] < 0.05
        assert distances[-1] < distances[0] / 10, "4096 draws: a 64th, on average"


def test_one_seed_for_all_makes_a_step_no_less_noisy(measured: dict) -> None:
    spread = measured["spread_of_a_draw"]
    assert spread["one seed"] > spread["a seed each"]


def test_a_sampler_that_is_not_told_the_epoch_repeats_its_order(measured: dict) -> None:
    assert measured["next_epoch_has_the_same_order"] == {"untold": True, "told": False}


def test_one_process_differs_in_nothing(tmp_path: Path) -> None:
    [run] = ranks.launch(None, SCRIPT, "--out", tmp_path)
    assert (run.code, run.stderr) == (0, "")
    found = json.loads((tmp_path / "run.json").read_text())["differences"]
    assert max(size for case, size in found.items() if "expectation" not in case) < 1e-13


def test_the_sum_over_ranks_passes_gradients() -> None:
    def slope() -> torch.Tensor:
        dist.init_process_group("gloo")
        x = torch.tensor(dist.get_rank() + 1.0, requires_grad=True)
        total = SCRIPT.SumOverRanks.apply(x)  # 1 + 2 + 3
        (total.square() * (dist.get_rank() + 1)).backward()  # the losses' sum is 6 total^2
        return x.grad

    assert ranks.run(3, slope) == [torch.tensor(12.0 * 6)] * 3


def test_the_known_mean_of_dropout_is_the_mean_over_all_masks() -> None:
    torch.manual_seed(0)
    x, y, w = torch.randn(1, 3).double(), torch.randn(1).double(), torch.randn(3).double().requires_grad_()
    masks = 2.0 * torch.cartesian_prod(*[torch.arange(2)] * 3).unsqueeze(1).double()  # all 8 of them
    expected = ((x @ w - y).square() + x.square() @ w.square()).mean()
    found = SCRIPT.gradients_of_draws(masks, x, y, w).mean(0)
    assert torch.allclose(found, *torch.autograd.grad(expected, w), rtol=1e-12)


def test_masks_follow_their_seed() -> None:
    asked = type("Asked", (), {"seed": 0, "device": "cpu"})
    first, same, other = (SCRIPT.masks(asked, seed, 5) for seed in (0, 0, 1))
    assert torch.equal(first, same)
    assert float((first == other).double().mean()) == pytest.approx(0.5, abs=0.01)
    assert set(first.unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("--device", "cuda"), "nccl needs --device cuda, and cuda a GPU"), (("--out", __file__), "File exists")],
)
def test_what_cannot_be_is_said_once(arguments: tuple, sentence: str) -> None:
    runs = ranks.launch(2, SCRIPT, *arguments)
    assert [run.code for run in runs] == [2, 2]
    assert sentence in runs[0].stderr
    assert len(runs[0].stderr.splitlines()) == 1
    assert not runs[1].stderr


@pytest.mark.slow
def test_torchrun_starts_it() -> None:
    done = ranks.torchrun(2, SCRIPT)
    assert done.code == 0, done.stderr
    assert "batch norm, synchronized" in done.stdout
