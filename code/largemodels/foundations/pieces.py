"""Count the straight pieces of a ReLU network along a line, exactly."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HAIR = 1e-12  # knots that are closer, in units of the segment, count as one


@torch.no_grad()
def breakpoints(network: nn.Sequential, start: Tensor, end: Tensor) -> Tensor:
    """Return where the slope changes on the way from start, at 0, to end, at 1: (k,).

    Between two knots everything in the network is straight, a + b t, so a and b are all
    that needs to be carried from layer to layer. A ReLU adds a knot where one of its
    inputs crosses zero. Raises TypeError at a layer other than `nn.Linear`, `nn.ReLU`.
    """
    knots = torch.tensor([0.0, 1.0], dtype=torch.float64)
    a, b = start.double()[None], (end - start).double()[None]  # (intervals, width)
    for layer in network:
        if isinstance(layer, nn.Linear):
            weight, bias = layer.weight.double(), layer.bias.double()
            a, b = a @ weight.T + bias, b @ weight.T
        elif isinstance(layer, nn.ReLU):
            knots, a, b = fold(knots, a, b)
        else:
            raise TypeError(f"Use Linear and ReLU; {layer} leaves no straight pieces.")
    change = (b[1:] - b[:-1]).abs().amax(dim=1)  # not every knot is seen outside
    return knots[1:-1][change > 1e-9 * b.abs().max()]


def fold(knots: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Apply a ReLU to a + b t: return more knots (k + 1,), and a, b (k, width)."""
    zero = -a / b  # (intervals, width), where each line is zero, inside or not
    inside = (zero > knots[:-1, None] + HAIR) & (zero < knots[1:, None] - HAIR)
    new = torch.cat([knots, zero[inside]]).sort().values
    new = torch.cat([new[:1], new[1:][new.diff() > HAIR]])
    middle = (new[1:] + new[:-1]) / 2
    old = torch.searchsorted(knots, middle) - 1  # where each new interval lies
    a, b = a[old], b[old]
    on = a + b * middle[:, None] > 0
    return new, a * on, b * on


def count_pieces(network: nn.Sequential, start: Tensor, end: Tensor) -> int:
    """Return the number of straight pieces from start to end, both (n_in,)."""
    return len(breakpoints(network, start, end)) + 1


@torch.no_grad()
def sawtooth(depth: int) -> nn.Sequential:
    """Return a network, two neurons a layer, with 2**depth pieces on [0, 1].

    A layer folds [0, 1] in the middle: 2 relu(x) - 4 relu(x - 1/2) rises from 0 to 1
    and falls to 0 again. The next one folds what is folded already.
    """
    layers: list[nn.Module] = []
    for i in range(depth):
        inner = nn.Linear(1 if i == 0 else 2, 2, dtype=torch.float64)
        inner.weight.copy_(torch.tensor([[1.0]] * 2 if i == 0 else [[2.0, -4.0]] * 2))
        inner.bias.copy_(torch.tensor([0.0, -0.5]))
        layers += [inner, nn.ReLU()]
    outer = nn.Linear(2, 1, dtype=torch.float64)
    outer.weight.copy_(torch.tensor([[2.0, -4.0]]))
    outer.bias.zero_()
    return nn.Sequential(*layers, outer)
