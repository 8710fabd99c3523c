import dataclasses

import pytest
import torch

from largemodels.language.experts import Experts, with_experts
from largemodels.language.gpt import GPT, llama

CONFIG = llama(50, 16, 32, 2, 4)
X = torch.randn(2, 12, 32, generator=torch.Generator().manual_seed(0))


def mixture(n: int, k: int) -> Experts:
    torch.manual_seed(0)
    return Experts(CONFIG, n, k)


def test_each_token_hears_its_k_experts_only() -> None:
    experts = mixture(4, 2)
    y = experts(X)
    for i, token in enumerate(X.flatten(0, 1)):
        chances = experts.router(token).softmax(0)
        expected = sum(chances[e] * experts.experts[e](token) for e in chances.topk(2).indices)
        torch.testing.assert_close(y.flatten(0, 1)[i], expected, atol=1e-6, rtol=1e-5)


def test_shares_of_the_load_add_up() -> None:
    experts = mixture(4, 2)
    experts(X)
    assert experts.load.sum().item() == pytest.approx(1)


def test_the_balance_loss_is_one_when_all_is_even_and_n_when_stuck() -> None:
    experts = mixture(4, 1)
    experts.load, experts.chances = torch.full((4,), 0.25), torch.full((24, 4), 0.25)
    assert experts.balance_loss().item() == pytest.approx(1)
    experts.load = torch.tensor([1.0, 0, 0, 0])
    experts.chances = experts.load.expand(24, -1)
    assert experts.balance_loss().item() == pytest.approx(4)


def test_the_bias_helps_the_idle_and_leaves_the_weights_alone() -> None:
    experts = mixture(4, 1)
    experts.bias.copy_(torch.tensor([9.0, 0, 0, 0]))
    y = experts(X)
    assert experts.load.tolist() == [1, 0, 0, 0]
    chance = experts.router(X).softmax(-1)[..., :1]
    torch.testing.assert_close(y, experts.experts[0](X) * chance)
    experts.follow_load(0.5)
    assert experts.bias.tolist() == [8.5, 0.5, 0.5, 0.5]


def test_one_expert_is_an_mlp() -> None:
    experts = mixture(1, 1)
    torch.testing.assert_close(experts(X), experts.experts[0](X))


def test_the_router_learns_from_the_loss() -> None:
    model = GPT(dataclasses.replace(CONFIG, hidden=16))
    first, _ = with_experts(model, 4, 2)
    model(torch.zeros(1, 8, dtype=torch.long)).square().mean().backward()
    assert first.router.weight.grad.abs().sum() > 0
