"""Pieces counted exactly against pieces counted on a grid, theorems, and the sawtooth."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from largemodels.foundations.pieces import breakpoints, count_pieces, sawtooth


def network(*widths, seed=0):
    torch.manual_seed(seed)
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out, dtype=torch.float64), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def kinks_on_a_grid(net, start, end, n=400_001):
    """Return the middles of runs of grid points where the second difference does not vanish."""
    t = torch.linspace(0, 1, n, dtype=torch.float64)
    with torch.no_grad():
        y = net(start + t[:, None] * (end - start))
    bend = (y[2:] - 2 * y[1:-1] + y[:-2]).abs().amax(dim=1) > 1e-13
    where = torch.nonzero(bend).flatten() + 1
    if len(where) == 0:
        return torch.empty(0, dtype=torch.float64)
    cuts = torch.nonzero(where.diff() > 1).flatten() + 1
    return torch.stack([t[run].mean() for run in where.tensor_split(cuts)])


@pytest.mark.parametrize("widths", [(1, 6, 1), (2, 5, 5, 3), (3, 4, 4, 4, 2), (2, 3, 3, 3, 3, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_breakpoints_are_the_kinks_found_on_a_fine_grid(widths, seed):
    net = network(*widths, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    start, end = 3 * torch.randn(2, widths[0], generator=generator, dtype=torch.float64)
    exact, grid = breakpoints(net, start, end), kinks_on_a_grid(net, start, end)
    assert exact.shape == grid.shape
    torch.testing.assert_close(exact, grid, rtol=0, atol=1e-5)


def test_some_of_those_networks_have_breakpoints():
    assert count_pieces(network(1, 6, 1), torch.tensor([-9.0]), torch.tensor([9.0])) > 3


@pytest.mark.parametrize("n", [1, 3, 10, 50])
def test_one_hidden_layer_has_at_most_one_piece_more_than_neurons(n):
    torch.manual_seed(n)
    net = nn.Sequential(nn.Linear(1, n), nn.ReLU(), nn.Linear(n, 1))
    far = torch.tensor([1e4])
    assert 1 < count_pieces(net, -far, far) <= n + 1


def test_a_kink_that_later_weights_hide_does_not_count():
    net = network(1, 2, 1)
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [1.0]]))
        net[0].bias.copy_(torch.tensor([0.0, -0.5]))
        net[2].weight.copy_(torch.tensor([[1.0, 0.0]]))
    assert breakpoints(net, torch.tensor([-1.0]), torch.tensor([1.0])).tolist() == [0.5]


def test_two_neurons_that_bend_at_the_same_place_make_one_kink():
    net = network(1, 3, 1, seed=2)
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [3.0], [-7.0]]))
        net[0].bias.copy_(-net[0].weight[:, 0] * 0.3)
    where = breakpoints(net, torch.tensor([0.0]), torch.tensor([1.0]))
    assert where.tolist() == pytest.approx([0.3])


@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_each_layer_of_the_sawtooth_doubles_its_pieces(depth):
    net = sawtooth(depth)
    where = breakpoints(net, torch.zeros(1), torch.ones(1))
    assert torch.equal(where, torch.arange(1, 2**depth) / 2**depth)  # exact: powers of two
    x = torch.rand(100, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    tent = x
    for _ in range(depth):
        tent = 1 - (2 * tent - 1).abs()
    with torch.no_grad():
        torch.testing.assert_close(net(x), tent, rtol=0, atol=2.0**depth * 1e-15)


def test_without_nonlinearity_there_is_one_piece():
    net = nn.Sequential(*(nn.Linear(4, 4) for _ in range(6)))
    assert count_pieces(net, -torch.ones(4), torch.ones(4)) == 1


def test_a_layer_that_bends_smoothly_is_refused():
    net = nn.Sequential(nn.Linear(1, 2), nn.Tanh(), nn.Linear(2, 1))
    with pytest.raises(TypeError, match=r"Tanh\(\) leaves no straight pieces"):
        breakpoints(net, torch.zeros(1), torch.ones(1))
