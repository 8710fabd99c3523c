"""The training loop: every example once an epoch, the right mode, PyTorch's numbers."""

import pytest
import torch
from torch import nn

from largemodels.foundations import optimizers, tiny_nn
from largemodels.foundations.fitting import accuracy, minibatches, train
from largemodels.foundations.spirals import spirals


def data():
    points, arm = spirals(30, turns=0.3)
    return torch.tensor(points, dtype=torch.float32), torch.tensor(arm)


def test_an_epoch_holds_each_example_once_in_an_order_of_its_own():
    X, y = torch.arange(10.0)[:, None], torch.arange(10)
    generator = torch.Generator().manual_seed(0)
    first, second = (list(minibatches(X, y, 4, generator)) for _ in range(2))
    assert [len(batch) for batch, _ in first] == [4, 4, 2]
    for epoch in (first, second):
        assert sorted(torch.cat([labels for _, labels in epoch]).tolist()) == list(range(10))
        assert all(torch.equal(x[:, 0].long(), labels) for x, labels in epoch)
    assert not torch.equal(first[0][1], second[0][1])


@pytest.mark.parametrize("kit", [nn, tiny_nn])
@pytest.mark.parametrize("make", [optimizers.Adam, torch.optim.Adam])
def test_both_kits_learn_with_both_kinds_of_optimizer(kit, make):
    X, y = data()
    torch.manual_seed(0)
    model = kit.Sequential(kit.Linear(2, 16), kit.ReLU(), kit.Linear(16, 3))
    optimizer, generator = make(model.parameters(), 0.03), torch.Generator().manual_seed(0)
    losses = []
    for _ in range(20):
        losses += train(model, nn.functional.cross_entropy, optimizer, minibatches(X, y, 30, generator))
    assert len(losses) == 60
    assert losses[-1] < losses[0] / 3
    assert accuracy(model, X, y) > 0.95


def test_the_losses_are_those_of_a_loop_written_out():
    X, y = data()
    torch.manual_seed(1)
    model = nn.Linear(2, 3)
    twin = nn.Linear(2, 3)
    twin.load_state_dict(model.state_dict())
    losses = train(model, nn.functional.cross_entropy, torch.optim.SGD(model.parameters(), 0.5), [(X, y)] * 5)
    for loss in losses:
        want = nn.functional.cross_entropy(twin(X), y)
        slopes = torch.autograd.grad(want, list(twin.parameters()))
        assert loss == pytest.approx(want.item(), rel=1e-5)
        with torch.no_grad():
            for p, g in zip(twin.parameters(), slopes, strict=True):
                p -= 0.5 * g


@pytest.mark.parametrize("kit", [nn, tiny_nn])
def test_dropout_works_in_training_only_and_the_mode_is_put_back(kit):
    X, y = data()
    torch.manual_seed(0)
    model = kit.Sequential(kit.Linear(2, 3), kit.Dropout(0.9))
    sharp = accuracy(model, X, y)
    assert model.training
    assert all(accuracy(model, X, y) == sharp for _ in range(3))  # no chance in it
    model.eval()
    accuracy(model, X, y)
    assert not model.training
    rough = train(model, nn.functional.cross_entropy, optimizers.SGD(model.parameters(), 1e-9), [(X, y)] * 3)
    assert model.training
    assert len(set(rough)) == 3  # chance in each


def test_accuracy_counts():
    scores = torch.eye(3)[[0, 1, 2, 0]]
    assert accuracy(nn.Identity(), scores, torch.tensor([0, 1, 2, 2])) == 0.75
