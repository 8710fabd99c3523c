"""The miniature of torch.nn against torch.nn."""

import pytest
import torch
from torch import nn

from largemodels.foundations import tiny_nn


class Block(tiny_nn.Module):
    """A module of one's own: a parameter, a part with parts, a plain number, a list that hides."""

    def __init__(self):
        self.body = tiny_nn.Sequential(tiny_nn.Linear(3, 4), tiny_nn.Tanh(), tiny_nn.Linear(4, 3))
        self.scale = tiny_nn.Parameter(torch.ones(3))
        self.steps = 2
        self.hidden = [tiny_nn.Linear(3, 3)]

    def forward(self, x):
        return x + self.scale * self.body(x)


class TorchBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x + self.scale * self.body(x)


def twins():
    """Return our network and PyTorch's, each built from the same seed."""
    torch.manual_seed(7)
    mine = tiny_nn.Sequential(tiny_nn.Linear(3, 5), tiny_nn.ReLU(), tiny_nn.Linear(5, 3), Block())
    torch.manual_seed(7)
    theirs = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3), TorchBlock())
    return mine, theirs


def test_names_and_starting_values_are_those_of_pytorch():
    mine, theirs = (dict(model.named_parameters()) for model in twins())
    assert list(mine) == list(theirs)  # in the same order, and without the layer in the list
    for name in mine:
        torch.testing.assert_close(mine[name], theirs[name], rtol=0, atol=0)


def test_outputs_and_gradients_are_those_of_pytorch():
    mine, theirs = twins()
    x = torch.randn(11, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(mine(x), theirs(x), rtol=1e-6, atol=1e-6)
    mine(x).square().sum().backward()
    theirs(x).square().sum().backward()
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-5, atol=1e-5)


def test_relu_has_slope_zero_at_zero_as_in_pytorch():
    x = torch.zeros(1, requires_grad=True)
    tiny_nn.ReLU()(x).sum().backward()
    assert x.grad.item() == 0


def test_a_state_goes_over_to_pytorch_and_back():
    mine, theirs = twins()
    with torch.no_grad():
        for p in mine.parameters():
            p.normal_()
    theirs.load_state_dict(mine.state_dict())
    torch.manual_seed(1)
    other = tiny_nn.Sequential(tiny_nn.Linear(3, 5), tiny_nn.ReLU(), tiny_nn.Linear(5, 3), Block())
    x = torch.randn(4, 3)
    assert not torch.allclose(other(x), mine(x))
    other.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(other(x), mine(x), rtol=0, atol=0)
    other.parameters()[0].data.zero_()  # a copy: the others keep theirs
    assert theirs[0].weight.abs().min() > 0


def test_a_state_is_the_tensors_themselves():
    layer = tiny_nn.Linear(2, 2)
    before = layer.state_dict()["bias"]
    layer.bias.data.fill_(5.0)
    assert before.tolist() == [5.0, 5.0]
    assert not before.requires_grad


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("0.bias"), "0.bias is missing"),
        (lambda state: state.update(extra=torch.ones(1)), "extra is unexpected"),
        (lambda state: state.update({"0.weight": torch.ones(3, 5)}), r"0.weight has shape \(3, 5\) and not \(5, 3\)"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, sentence):
    model = tiny_nn.Sequential(tiny_nn.Linear(3, 5))
    before = {name: p.clone() for name, p in model.state_dict().items()}
    state = {name: p + 1 for name, p in before.items()}
    change(state)
    with pytest.raises(ValueError, match=sentence):
        model.load_state_dict(state)
    for name, p in model.state_dict().items():
        assert torch.equal(p, before[name])


def test_a_shared_layer_has_two_names_and_counts_once():
    def tied(kit):
        layer = kit.Linear(3, 3)
        return kit.Sequential(layer, kit.ReLU(), layer)

    mine, theirs = tied(tiny_nn), tied(nn)
    assert list(mine.state_dict()) == list(theirs.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(mine.parameters()) == len(list(theirs.parameters())) == 2


def test_a_frozen_parameter_is_still_a_parameter():
    layer = tiny_nn.Linear(2, 2)
    layer.weight.requires_grad_(False)
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]


def test_an_intermediate_result_kept_as_attribute_is_no_parameter():
    layer = tiny_nn.Linear(2, 2)
    layer.kept = layer(torch.ones(1, 2))
    assert len(layer.parameters()) == 2


def test_train_and_eval_reach_the_innermost_part():
    inner = tiny_nn.Dropout()
    model = tiny_nn.Sequential(tiny_nn.Sequential(inner), tiny_nn.ReLU())
    assert inner.training
    assert model.eval() is model
    assert not inner.training
    assert tiny_nn.Dropout().training  # another one is not touched
    model.train()
    assert inner.training


def test_dropout_keeps_the_mean_in_training_and_everything_in_use():
    torch.manual_seed(0)
    x, dropout = torch.full((100_000,), 2.0), tiny_nn.Dropout(0.25)
    y = dropout(x)
    assert sorted(set(y.tolist())) == pytest.approx([0, 2 / 0.75])
    assert (y == 0).double().mean().item() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(dropout.eval()(x), x)


def test_a_module_without_forward_says_so():
    class Empty(tiny_nn.Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty needs a forward"):
        Empty()(torch.ones(1))
