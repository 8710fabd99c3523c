"""What each way of telling places promises."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.language.positions import Learned, Sinusoidal, frequencies, rotary, sines

halves = st.integers(1, 8)


def test_sines_are_the_papers():
    table = sines(50, 12)
    for place in (0, 1, 17, 49):
        for i in range(6):
            angle = torch.tensor(place / 10_000 ** (2 * i / 12))
            assert table[place, 2 * i] == pytest.approx(angle.sin().item(), abs=1e-5)
            assert table[place, 2 * i + 1] == pytest.approx(angle.cos().item(), abs=1e-5)


@settings(deadline=None, max_examples=40)
@given(half=halves, a=st.integers(0, 50), b=st.integers(0, 50), shift=st.integers(0, 50))
def test_products_of_sines_depend_on_distance_only(half, a, b, shift):
    table = sines(101, 2 * half)
    assert table[a] @ table[b] == pytest.approx((table[a + shift] @ table[b + shift]).item(), abs=1e-3)


@settings(deadline=None, max_examples=40)
@given(half=halves, a=st.integers(0, 60), b=st.integers(0, 60), shift=st.integers(-60, 60), seed=st.integers(0, 10**6))
def test_rotary_scores_depend_on_distance_only(half, a, b, shift, seed):
    q, k = torch.randn(2, 1, 2 * half, generator=torch.Generator().manual_seed(seed))
    here = rotary(q, a) @ rotary(k, b).T
    there = rotary(q, a + shift) @ rotary(k, b + shift).T
    torch.testing.assert_close(here, there, rtol=0, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(T=st.integers(1, 9), half=halves, seed=st.integers(0, 10**6))
def test_rotary_turns_and_keeps_lengths(T, half, seed):
    x = torch.randn(2, 3, T, 2 * half, generator=torch.Generator().manual_seed(seed))
    y = rotary(x)
    torch.testing.assert_close(y.norm(dim=-1), x.norm(dim=-1), rtol=0, atol=1e-5)
    torch.testing.assert_close(y[..., 0, :], x[..., 0, :], rtol=0, atol=0)  # place 0 stays
    torch.testing.assert_close(rotary(x[..., 1:, :], start=1), y[..., 1:, :], rtol=0, atol=1e-6)


def test_rotary_is_llamas():
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    q, k = torch.randn(2, 1, 2, 11, 8, generator=torch.Generator().manual_seed(0))
    angles = torch.arange(11)[:, None] * frequencies(8, 100_000.0)
    both = torch.cat([angles, angles], dim=1)[None]
    their_q, their_k = llama.apply_rotary_pos_emb(q, k, both.cos(), both.sin())
    torch.testing.assert_close(rotary(q, base=100_000.0), their_q, rtol=0, atol=1e-6)
    torch.testing.assert_close(rotary(k, base=100_000.0), their_k, rtol=0, atol=1e-6)


def test_tables_are_added_to_the_words():
    x = torch.randn(2, 5, 4)
    torch.testing.assert_close(Sinusoidal()(x) - x, sines(5, 4).expand(2, 5, 4), rtol=0, atol=1e-6)
    learned = Learned(7, 4)
    torch.testing.assert_close(learned(x) - x, learned.table.weight[:5].expand(2, 5, 4), rtol=0, atol=1e-6)


def test_rotary_turns_as_llama_does():
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    q, k = torch.randn(2, 1, 3, 9, 8, generator=torch.Generator().manual_seed(0))
    angles = (torch.arange(9)[:, None] * frequencies(8)).repeat(1, 2)[None]  # (1, 9, 8)
    for ours, theirs in zip(
        (rotary(q), rotary(k)), apply_rotary_pos_emb(q, k, angles.cos(), angles.sin()), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
