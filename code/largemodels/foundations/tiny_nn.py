"""`torch.nn` in miniature: modules that find their own parameters, and five kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.nn import Parameter  # a tensor that requires grad, marked by its type


class Module:
    """A function with parameters: its own, and those of the modules that are its parts.

    Both are found by type among the attributes; what hides in a list is not found.
    """

    training = True  # until train() or eval() says otherwise

    def __call__(self, x: Tensor) -> Tensor:
        """Return the module's output for an input."""
        return self.forward(x)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output; each kind of module says how."""
        raise NotImplementedError(f"{type(self).__name__} needs a forward(self, x).")

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the parts and the names of their attributes."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Yield all parameters, own ones first: a shared one under each name."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name, child in self.named_children():
            yield from child.named_parameters(f"{prefix}{name}.")

    def parameters(self) -> list[Parameter]:
        """Return all parameters, each once, however many names it has."""
        return list({id(p): p for _, p in self.named_parameters()}.values())

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that was learned, by name: the tensors themselves, not copies."""
        return {name: p.detach() for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy a state in; raise ValueError unless all names and shapes agree."""
        own = self.state_dict()
        wrong = [f"{name} is missing" for name in own if name not in state]
        wrong += [f"{name} is unexpected" for name in state if name not in own]
        wrong += [
            f"{name} has shape {tuple(state[name].shape)} and not {tuple(p.shape)}"
            for name, p in own.items()
            if name in state and state[name].shape != p.shape
        ]
        if wrong:
            raise ValueError(f"The state does not fit the model: {', '.join(wrong)}.")
        for name, value in own.items():
            value.copy_(state[name])

    def train(self, mode: bool = True) -> Module:
        """Switch the module and all its parts to training, or with False to use."""
        self.training = mode
        for _, child in self.named_children():
            child.train(mode)
        return self

    def eval(self) -> Module:
        """Switch the module and all its parts to use."""
        return self.train(False)


class Linear(Module):
    """A weighted sum of all inputs for each output, starting as PyTorch's does."""

    def __init__(self, n_in: int, n_out: int) -> None:
        bound = n_in**-0.5  # sums spread alike, however many inputs
        self.weight = Parameter(torch.empty(n_out, n_in).uniform_(-bound, bound))
        self.bias = Parameter(torch.empty(n_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Return x W^T + b, (..., n_in) to (..., n_out)."""
        return x @ self.weight.T + self.bias


class ReLU(Module):
    """The rectifier: it passes what is positive and stops the rest."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0) for each element."""
        return x.relu()


class Tanh(Module):
    """The bend that turns into a ceiling and a floor, at 1 and -1."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x) for each element."""
        return x.tanh()


class Dropout(Module):
    """Noise in training, nothing in use: each element is set to 0 with probability p."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return x; in training, what is kept of x makes up for what is lost."""
        if not self.training:
            return x
        kept = torch.rand_like(x) >= self.p
        return x * kept / (1 - self.p)  # on average, x


class Sequential(Module):
    """Modules in a row, each taking what the one before puts out."""

    def __init__(self, *layers: Module) -> None:
        for i, layer in enumerate(layers):
            setattr(self, str(i), layer)  # so names are 0.weight, 0.bias, 2.weight, ...

    def forward(self, x: Tensor) -> Tensor:
        """Return the last module's output."""
        for _, layer in self.named_children():
            x = layer(x)
        return x
