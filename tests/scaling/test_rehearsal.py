"""A rehearsal counts what a real step does, to the byte and to the operation."""

from itertools import accumulate

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode

from largemodels.scaling import models, rehearsal
from largemodels.scaling.models import MODELS, Shape

SMALL = Shape(layers=3, width=64, heads=4, kv_heads=2, hidden=96, vocabulary=101)
TIED = Shape(layers=2, width=48, heads=3, kv_heads=3, hidden=64, vocabulary=77, tied=True)


@pytest.mark.parametrize("shape", [SMALL, TIED])
@pytest.mark.parametrize("recompute", [False, True])
def test_a_rehearsed_step_is_a_real_one(shape: Shape, recompute: bool) -> None:
    model = rehearsal.build(shape, torch.bfloat16, recompute)
    real = rehearsal.take(model, torch.zeros(2, 32, dtype=torch.long))
    assert rehearsal.rehearse(shape, 2, 32, recompute) == real


@pytest.mark.parametrize("shape", [SMALL, TIED])
@pytest.mark.parametrize("length", [16, 80])
def test_the_formula_gives_every_operation(shape: Shape, length: int) -> None:
    step = rehearsal.rehearse(shape, 3, length)
    assert step.total == pytest.approx(3 * length * models.training_flops(shape, length), rel=1e-12)
    assert step.total == 3 * step.forward


def test_the_attention_counted_is_that_of_plain_products() -> None:
    """PyTorch's own counter knows the products that attention is made of, where it is not one kernel."""
    model, tokens = rehearsal.build(SMALL, torch.float32), torch.zeros(2, 32, dtype=torch.long)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(input_ids=tokens, labels=tokens, use_cache=False).loss.backward()
    assert counter.get_total_flops() == rehearsal.rehearse(SMALL, 2, 32).total


@pytest.mark.parametrize("recompute", [False, True])
def test_memory_is_what_the_allocator_gave(recompute: bool) -> None:
    model, tokens = rehearsal.build(SMALL, torch.bfloat16, recompute), torch.zeros(2, 64, dtype=torch.long)
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as trace:
        loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
        with record_function("between"):
            pass
        loss.backward()
    events = sorted(trace.profiler.kineto_results.events(), key=lambda event: event.start_ns())
    (between,) = (event.start_ns() for event in events if event.name() == "between")
    changes = [(event.start_ns() < between, event.nbytes()) for event in events if event.name() == "[memory]"]
    step = rehearsal.rehearse(SMALL, 2, 64, recompute)
    assert step.kept == sum(size for before, size in changes if before)
    peak = max(accumulate(size for _, size in changes))
    # Recomputing, little is held, so that what an operation makes for itself, unseen from without, counts.
    assert peak == step.peak or (recompute and step.peak < peak < 1.15 * step.peak)


def test_recomputing_keeps_inputs_of_blocks_and_what_follows_the_last() -> None:
    more = Shape(**{**vars(SMALL), "layers": SMALL.layers + 1})
    added = rehearsal.rehearse(more, 2, 64, recompute=True).kept - rehearsal.rehearse(SMALL, 2, 64, recompute=True).kept
    assert added == 2 * 64 * SMALL.width * 2  # one more input, in 16 bits


def test_recomputing_costs_a_forward_pass_of_the_blocks() -> None:
    """All but the last product of each: PyTorch stops where nothing more is needed."""
    plain, again = (rehearsal.rehearse(SMALL, 2, 64, recompute=r) for r in (False, True))
    tokens, down = 2 * 64, SMALL.layers * SMALL.hidden * SMALL.width
    head = SMALL.vocabulary * SMALL.width
    assert again.total - plain.total == plain.forward - 2 * tokens * (head + down)


def test_a_model_that_no_machine_holds() -> None:
    step = rehearsal.rehearse(MODELS["Llama 3.1 8B"], 1, 1024)
    assert step.parameters == 8_030_261_248
    assert step.kept > 5e9
