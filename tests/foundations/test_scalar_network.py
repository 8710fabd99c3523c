"""The network of scalar values against the same network in PyTorch."""

import numpy as np
import pytest
import torch

from largemodels.foundations.scalar_network import Network, cross_entropy, training
from largemodels.foundations.spirals import spirals


def torch_twin(network):
    """Return the same parameters as PyTorch tensors, layer by layer: (weights, biases)."""

    def tensor(rows):
        return torch.tensor(rows, dtype=torch.float64, requires_grad=True)

    return [
        (tensor([[w.data for w in row] for row in layer.weights]), tensor([b.data for b in layer.biases]))
        for layer in network.layers
    ]


def torch_scores(twin, points):
    x = torch.tensor(points)
    for i, (W, b) in enumerate(twin):
        x = x @ W.T + b
        x = x.tanh() if i < len(twin) - 1 else x
    return x


def test_scores_loss_and_gradients_agree_with_pytorch():
    network = Network([2, 5, 4, 3], np.random.default_rng(0))
    twin = torch_twin(network)
    point, label = np.array([0.3, -1.2]), 2
    np.testing.assert_allclose(network.scores(point[None]), torch_scores(twin, point[None]).detach(), atol=1e-12)
    loss = cross_entropy(network(point), label)
    loss.backward()
    want = torch.nn.functional.cross_entropy(torch_scores(twin, point[None]), torch.tensor([label]))
    want.backward()
    assert loss.data == pytest.approx(want.item(), abs=1e-12)
    grads = [g for W, b in twin for g in (*W.grad.ravel().tolist(), *b.grad.tolist())]
    np.testing.assert_allclose([p.grad for p in network.parameters()], grads, atol=1e-12)


def test_training_takes_the_steps_of_sgd_with_momentum():
    points, arm = spirals(6)
    network = Network([2, 4, 3], np.random.default_rng(1))
    twin = torch_twin(network)
    optimizer = torch.optim.SGD([t for pair in twin for t in pair], lr=0.5, momentum=0.9)
    for _, ours in zip(range(8), training(network, points, arm), strict=False):
        theirs = torch.nn.functional.cross_entropy(torch_scores(twin, points), torch.tensor(arm))
        optimizer.zero_grad()
        theirs.backward()
        optimizer.step()
        assert ours == pytest.approx(theirs.item(), abs=1e-10)


def test_loss_describes_the_network_as_it_is_when_yielded():
    points, arm = spirals(4)
    network = Network([2, 3, 3], np.random.default_rng(2))
    steps = training(network, points, arm)
    for _ in range(3):
        loss = next(steps)
        here = np.mean([cross_entropy(network(p), k).data for p, k in zip(points, arm, strict=True)])
        assert loss == pytest.approx(here, abs=1e-12)


def test_large_scores_do_not_overflow():
    network = Network([1, 2], np.random.default_rng(3))
    network.layers[0].weights[0][0].data = 5000.0
    assert cross_entropy(network([1.0]), 0).data == pytest.approx(0.0, abs=1e-9)
