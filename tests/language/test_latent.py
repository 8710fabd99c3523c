import torch

from largemodels.language.gpt import llama
from largemodels.language.latent import LatentAttention

CONFIG = llama(50, 16, 32, 2, 4)


def test_queries_carried_to_the_latents_give_the_same() -> None:
    torch.manual_seed(0)
    attention = LatentAttention(CONFIG, latent=12, rotary=4).double()
    x = torch.randn(2, 9, 32, dtype=torch.float64)
    torch.testing.assert_close(attention.absorbed(x), attention(x), atol=1e-6, rtol=1e-6)


def test_what_is_remembered_is_small_and_shared_by_the_heads() -> None:
    attention = LatentAttention(CONFIG, latent=12, rotary=4)
    latents, places = attention.remembered(torch.randn(2, 9, 32))
    assert latents.shape == (2, 9, 12)
    assert places.shape == (2, 9, 4)


def test_it_does_not_look_ahead() -> None:
    torch.manual_seed(0)
    attention = LatentAttention(CONFIG, latent=12, rotary=4)
    x = torch.randn(1, 9, 32)
    changed = x.clone()
    changed[:, 5:] += 1
    torch.testing.assert_close(attention(x)[:, :5], attention(changed)[:, :5])
    torch.testing.assert_close(attention.absorbed(x)[:, :5], attention.absorbed(changed)[:, :5])
