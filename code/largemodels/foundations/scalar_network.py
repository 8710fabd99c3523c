"""A network of neurons made of scalar values, as it was drawn before there were arrays."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from largemodels.foundations.engine import Value, dot


class Layer:
    """Neurons side by side: each sums all inputs with weights and a bias, and may bend."""

    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator, bend: bool) -> None:
        scale = 1 / np.sqrt(n_in)  # sums spread alike, however many inputs
        start = scale * rng.standard_normal((n_out, n_in))
        self.weights = [[Value(v) for v in row] for row in start]
        self.biases = [Value(0.0) for _ in range(n_out)]
        self.bend = bend

    def __call__(self, inputs: Sequence[Value]) -> list[Value]:
        """Return the layer's outputs, (n_in,) to (n_out,)."""
        sums = [dot(w, inputs) + b for w, b in zip(self.weights, self.biases, strict=True)]
        return [s.tanh() for s in sums] if self.bend else sums

    def parameters(self) -> list[Value]:
        """Return all weights, row by row, then all biases."""
        return [w for row in self.weights for w in row] + self.biases


class Network:
    """Layers in a row, sizes[0] inputs to sizes[-1] scores; all but the last bend."""

    def __init__(self, sizes: Sequence[int], rng: np.random.Generator) -> None:
        last = len(sizes) - 2
        pairs = enumerate(pairwise(sizes))
        self.layers = [Layer(a, b, rng, bend=i < last) for i, (a, b) in pairs]

    def __call__(self, inputs: Sequence[float]) -> list[Value]:
        """Return one score per class for one example, (sizes[0],) to (sizes[-1],)."""
        values = [Value(x) for x in inputs]
        for layer in self.layers:
            values = layer(values)
        return values

    def scores(self, points: np.ndarray) -> np.ndarray:
        """Return scores as plain numbers, (n, sizes[0]) to (n, sizes[-1])."""
        return np.array([[score.data for score in self(point)] for point in points])

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers, first layer first."""
        return [p for layer in self.layers for p in layer.parameters()]


def cross_entropy(scores: Sequence[Value], label: int) -> Value:
    """Return the surprise of one example, in nats: minus log softmax(scores)[label]."""
    top = max(s.data for s in scores)  # shifting changes nothing
    normalizer = sum(((s - top).exp() for s in scores), start=Value(0.0))
    return normalizer.log() + top - scores[label]


def training(
    network: Network,
    points: np.ndarray,
    labels: np.ndarray,
    rate: float = 0.5,
    momentum: float = 0.9,
) -> Iterator[float]:
    """Yield the mean loss, then take a step downhill, again and again.

    Each step is the last one times `momentum`, less the gradient times `rate`. It is taken
    when the next loss is asked for, so that the network can be looked at in between.
    """
    parameters = network.parameters()
    velocity = [0.0] * len(parameters)
    while True:
        losses = [cross_entropy(network(p), k) for p, k in zip(points, labels, strict=True)]
        loss = sum(losses, start=Value(0.0)) / len(losses)
        loss.backward()
        yield loss.data
        for i, p in enumerate(parameters):
            velocity[i] = momentum * velocity[i] - rate * p.grad
            p.data += velocity[i]
