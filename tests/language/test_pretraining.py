import pytest
import torch

from largemodels.language.gpt import GPT, llama
from largemodels.language.pretraining import Plan, Pretraining, scale, validate

TEXT = torch.arange(10).repeat(60)  # after each token comes one certain other
PLAN = Plan(steps=40, batch=8, length=16, rate=1e-2, warmup=5)


def new_run(seed: int = 0) -> Pretraining:
    torch.manual_seed(seed)
    return Pretraining(GPT(llama(10, 16, 16, 1, 2)), TEXT, PLAN, seed)


def test_it_learns_what_can_be_known() -> None:
    run = new_run()
    losses = [run.step() for _ in range(PLAN.steps)]
    assert losses[0] == pytest.approx(2.3, abs=0.1)
    assert validate(run.model, TEXT, 16) < 0.5


def test_a_run_taken_up_again_is_the_run() -> None:
    whole, first = new_run(), new_run()
    expected = [whole.step() for _ in range(20)]
    losses = [first.step() for _ in range(10)]
    second = new_run(seed=5)
    second.load_state_dict(first.state_dict())
    assert losses + [second.step() for _ in range(10)] == expected


def test_the_rate_rises_and_falls_to_a_tenth() -> None:
    rates = [scale(step, PLAN) for step in range(41)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[5] == 1
    assert rates[40] == pytest.approx(0.1)


def test_only_matrices_shrink() -> None:
    groups = new_run().optimizer.param_groups
    assert [group["weight_decay"] for group in groups] == [PLAN.decay, 0]
    assert {parameter.dim() for parameter in groups[1]["params"]} == {1}


def test_validation_reads_each_window_once() -> None:
    model = new_run().model
    assert validate(model, TEXT, 16) == pytest.approx(validate(model, TEXT[:513], 16), abs=1e-3)
