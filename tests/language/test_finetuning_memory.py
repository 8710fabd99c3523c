from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from largemodels.language.finetuning import lora, memory


def stepped(model: nn.Module) -> memory.Held:
    """Take one step of AdamW on what may learn, and count."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    model(torch.randn(3, 8)).sum().backward()
    optimizer.step()
    return memory.counted(model, optimizer)


def test_counted_after_a_real_step() -> None:
    model = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 4))
    held = stepped(model)
    n = sum(p.numel() for p in model.parameters())
    assert (held.weights, held.gradients) == (4 * n, 4 * n)
    assert held.optimizer == 8 * n + 4 * 4, "and a step count for each of the four tensors"
    assert held.total == memory.planned(n, n).total + 16


def test_frozen_parameters_have_no_gradients() -> None:
    held = stepped(nn.Sequential(nn.Linear(8, 16).requires_grad_(False), nn.Linear(16, 4)))
    plan = memory.planned(8 * 16 + 16 + 68, 68)
    assert (held.weights, held.gradients) == (plan.weights, plan.gradients)
    assert held.optimizer == plan.optimizer + 2 * 4


def test_a_shared_tensor_is_counted_once() -> None:
    model = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False))
    model[1].weight = model[0].weight
    held = stepped(model)
    assert (held.weights, held.gradients, held.optimizer) == (4 * 64, 4 * 64, 8 * 64 + 4)


def test_sixteen_bytes_each_in_mixed_precision() -> None:
    plan = memory.planned(7e9, 7e9, 16, 16)
    assert (plan.weights, plan.gradients, plan.optimizer) == pytest.approx((14e9, 14e9, 84e9))
    assert plan.total == pytest.approx(16 * 7e9)


def test_what_is_frozen_may_have_four_bits() -> None:
    plan = memory.planned(1000, 100, bits=4)
    assert (plan.weights, plan.gradients, plan.optimizer) == (450 + 400, 400, 800)


def test_what_a_linear_layer_and_a_gelu_keep() -> None:
    model = nn.Sequential(nn.Linear(8, 16), nn.GELU())
    x = torch.randn(5, 8)
    # the linear layer keeps its input, the GELU its own: 5 x 8 and 5 x 16 floats
    assert memory.kept(lambda: model(x).sum(), model) == 4 * (5 * 8 + 5 * 16)
    model.requires_grad_(False)
    assert memory.kept(lambda: model(x).sum(), model) == 0


def test_a_tensor_that_is_kept_twice_is_counted_once() -> None:
    model = nn.ModuleList([nn.Linear(8, 4), nn.Linear(8, 4)])
    x = torch.randn(5, 8)
    assert memory.kept(lambda: (model[0](x) + model[1](x.view(5, 8))).sum(), model) == 4 * 5 * 8


@pytest.mark.parametrize("act", [nn.GELU(), nn.Softmax(-1), torch.exp, torch.tanh, torch.sigmoid])
def test_counting_leaves_nothing_alive(act: Callable[[Tensor], Tensor]) -> None:
    """An output that its own graph saves must not hold that graph, and so itself."""
    model, seen = nn.Linear(8, 16), []

    def loss() -> Tensor:
        inner = model(torch.randn(5, 8))
        outer = act(inner)
        seen.extend(StorageWeakRef(x.untyped_storage()) for x in (inner, outer))
        return outer.square().sum()

    assert memory.kept(loss, model) >= 4 * (5 * 8 + 5 * 16)
    assert len(seen) == 2
    assert all(storage.expired() for storage in seen)


def test_what_learns_below_makes_frozen_layers_keep() -> None:
    def kept(learning: int) -> int:
        model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 16), nn.GELU()).requires_grad_(False)
        model[learning].requires_grad_(True)
        x = torch.randn(5, 8)
        return memory.kept(lambda: model(x).sum(), model)

    assert kept(0) == 4 * 5 * (8 + 16 + 16)
    assert kept(2) == 4 * 5 * (16 + 16)


def test_loras_parameters() -> None:
    shapes = [(6, 4), (2, 4)]
    model = nn.ModuleDict({"a": nn.Linear(4, 6), "b": nn.Linear(4, 2)})
    lora.inject(model, {"a", "b"}, 3, 6)
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert memory.lora_parameters(shapes, 3) == learning == 3 * 10 + 3 * 6
