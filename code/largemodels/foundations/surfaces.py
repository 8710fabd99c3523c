"""Landscapes with known valleys, and races of optimizers down them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Height = Callable[[Tensor], Tensor]  # (..., 2) to (...)
Make = Callable[[list[Tensor]], Any]  # parameters to an optimizer


@dataclass(frozen=True)
class Surface:
    """A height over the plane, its lowest points (height 0), and where to start."""

    name: str
    height: Height
    minima: tuple[tuple[float, float], ...]
    start: tuple[float, float]

    def distance(self, points: Tensor) -> Tensor:
        """Return how far from the nearest minimum each point is, (..., 2) to (...)."""
        minima = torch.tensor(self.minima, dtype=points.dtype)  # (k, 2)
        return (points.unsqueeze(-2) - minima).norm(dim=-1).amin(dim=-1)


def bowl(kappa: float, angle: float = 0.0) -> Surface:
    """Return a bowl kappa times as curved along one axis as along the other.

    The flat axis is x, turned by `angle` radians. The start turns with it, so that two
    bowls of different angle differ by a rotation and nothing else.
    """
    c, s = math.cos(angle), math.sin(angle)

    def height(points: Tensor) -> Tensor:
        x, y = points.unbind(-1)
        flat, steep = c * x + s * y, c * y - s * x
        return (flat**2 + kappa * steep**2) / 2

    name = f"bowl {kappa:g}:1" + (", turned" if angle else "")
    start = (1.4 * c - 0.6 * s, 1.4 * s + 0.6 * c)  # 1.4 along the flat axis
    return Surface(name, height, ((0.0, 0.0),), start)


def rosenbrock() -> Surface:
    """Return Rosenbrock's valley of 1960: it bends, and its floor is almost flat."""

    def height(points: Tensor) -> Tensor:
        x, y = points.unbind(-1)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    return Surface("Rosenbrock's valley", height, ((1.0, 1.0),), (-1.2, 1.0))


def saddle() -> Surface:
    """Return a saddle at (0, 0) between two valleys; the start is almost on top."""

    def height(points: Tensor) -> Tensor:
        x, y = points.unbind(-1)
        return x**2 / 2 + (y**2 - 2) ** 2 / 8

    y = math.sqrt(2)
    return Surface("saddle", height, ((0.0, y), (0.0, -y)), (1.3, 1e-4))


def race(make: Make, surface: Surface, steps: int) -> Tensor:
    """Let an optimizer run from the start; return its path, (steps + 1, 2).

    `make` builds the optimizer, ours or PyTorch's, from a list with the one parameter.
    """
    point = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer, path = make([point]), [point.detach().clone()]
    for _ in range(steps):
        loss = surface.height(point)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append(point.detach().clone())
    return torch.stack(path)
