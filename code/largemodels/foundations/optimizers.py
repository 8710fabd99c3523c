"""Optimizers: rules that turn a gradient, and what they remember, into a step."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

Tensors = Iterable[Tensor]


class Optimizer:
    """What all share: each step moves each parameter by -lr times a direction.

    Raises ValueError where there is nothing to train, or lr is not positive.
    """

    def __init__(self, parameters: Tensors, lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr
        if not self.parameters:
            raise ValueError("There is nothing to train; pass model.parameters().")
        if not lr > 0:
            raise ValueError(f"The learning rate lr is {lr}; choose a positive number.")

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return what to subtract, times lr, from parameter i with gradient g."""
        raise NotImplementedError(f"{type(self).__name__} needs a direction(i, g).")

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                p -= self.lr * self.direction(i, p.grad)

    def zero_grad(self) -> None:
        """Forget the gradients, which backward() would otherwise add to."""
        for p in self.parameters:
            p.grad = None

    def zeros(self) -> list[Tensor]:
        """Return a tensor of zeros for each parameter: an empty memory."""
        return [torch.zeros_like(p) for p in self.parameters]


class SGD(Optimizer):
    """Stochastic gradient descent; with momentum, v is a fading sum of gradients."""

    def __init__(self, parameters: Tensors, lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum, self.v = momentum, self.zeros()

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return the gradient, and what is left of those before."""
        self.v[i] = self.momentum * self.v[i] + g
        return self.v[i]


class Adagrad(Optimizer):
    """Divide by the root of the sum of all squares: what is rare moves far."""

    def __init__(self, parameters: Tensors, lr: float, eps: float = 1e-10) -> None:
        super().__init__(parameters, lr)
        self.eps, self.v = eps, self.zeros()

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return the gradient in units of all that came before."""
        self.v[i] += g**2
        return g / (self.v[i].sqrt() + self.eps)


class RMSprop(Optimizer):
    """Divide by the root of a fading mean of squares: an Adagrad that forgets."""

    def __init__(
        self,
        parameters: Tensors,
        lr: float,
        beta: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.beta, self.eps, self.v = beta, eps, self.zeros()

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return the gradient in units of its recent size."""
        self.v[i] = self.beta * self.v[i] + (1 - self.beta) * g**2
        return g / (self.v[i].sqrt() + self.eps)


class Adam(Optimizer):
    """Momentum over RMSprop, both corrected for having started from zero."""

    def __init__(
        self,
        parameters: Tensors,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps
        self.m, self.v = self.zeros(), self.zeros()
        self.t = [0] * len(self.parameters)  # steps taken

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return the mean of recent gradients in units of their root mean square."""
        beta1, beta2 = self.betas
        self.t[i] += 1
        self.m[i] = beta1 * self.m[i] + (1 - beta1) * g
        self.v[i] = beta2 * self.v[i] + (1 - beta2) * g**2
        m_hat = self.m[i] / (1 - beta1 ** self.t[i])
        v_hat = self.v[i] / (1 - beta2 ** self.t[i])
        return m_hat / (v_hat.sqrt() + self.eps)


class AdamW(Adam):
    """Adam, and apart from it every parameter decays towards zero."""

    def __init__(
        self,
        parameters: Tensors,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def direction(self, i: int, g: Tensor) -> Tensor:
        """Return Adam's direction, and the parameter times its decay."""
        return super().direction(i, g) + self.weight_decay * self.parameters[i]
