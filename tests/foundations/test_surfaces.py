"""The landscapes have their minima where they say, and optimizers run down them as theory has it."""

import math
from dataclasses import replace

import pytest
import torch

from largemodels.foundations import optimizers
from largemodels.foundations.surfaces import bowl, race, rosenbrock, saddle

SURFACES = [bowl(30.0), bowl(30.0, math.pi / 4), rosenbrock(), saddle()]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_minima_are_zero_flat_and_below_all_else(surface):
    for minimum in surface.minima:
        point = torch.tensor(minimum, dtype=torch.float64, requires_grad=True)
        height = surface.height(point)
        (slope,) = torch.autograd.grad(height, point)
        assert abs(height.item()) < 1e-24
        assert slope.abs().max() < 1e-12
        assert surface.distance(point.detach()) == 0
    grid = torch.cartesian_prod(*[torch.linspace(-2, 2, 41, dtype=torch.float64)] * 2)
    assert surface.height(grid).shape == (1681,)
    assert surface.height(grid).min() >= 0
    assert surface.height(torch.tensor(surface.start)) > 0


@pytest.mark.parametrize("angle", [0.0, 0.4, math.pi / 4])
def test_a_bowl_has_its_curvatures_however_it_is_turned(angle):
    surface = bowl(25.0, angle)
    hessian = torch.autograd.functional.hessian(surface.height, torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(torch.linalg.eigvalsh(hessian), torch.tensor([1.0, 25.0], dtype=torch.float64))
    assert surface.height(torch.tensor(surface.start, dtype=torch.float64)).item() == pytest.approx(
        (1.4**2 + 25 * 0.6**2) / 2
    )


def test_on_a_bowl_sgd_shrinks_each_axis_by_its_own_factor():
    path = race(lambda ps: optimizers.SGD(ps, 0.05), replace(bowl(10.0), start=(1.0, 1.0)), 20)
    steps = torch.arange(21.0, dtype=torch.float64)
    torch.testing.assert_close(path, torch.stack([0.95**steps, 0.5**steps], dim=1))


def test_turning_the_bowl_turns_the_path_of_sgd_but_not_of_adam():
    def heights(make, angle):
        surface = bowl(20.0, angle)
        return surface.height(race(make, surface, 40))

    def sgd(ps):
        return optimizers.SGD(ps, 0.05, 0.8)

    def adam(ps):
        return optimizers.Adam(ps, 0.05)

    torch.testing.assert_close(heights(sgd, 0.0), heights(sgd, math.pi / 4))
    assert not torch.allclose(heights(adam, 0.0), heights(adam, math.pi / 4), rtol=0.1)


def test_a_race_takes_our_optimizers_and_pytorchs():
    surface = bowl(30.0)
    theirs = race(lambda ps: torch.optim.SGD(ps, 0.02), surface, 50)
    assert theirs.shape == (51, 2)
    assert theirs[0].tolist() == list(surface.start)
    torch.testing.assert_close(race(lambda ps: optimizers.SGD(ps, 0.02), surface, 50), theirs)
