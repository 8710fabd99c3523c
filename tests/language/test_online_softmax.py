"""Attention by tiles against attention in one piece; bytes against their formula."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from largemodels.language.attention import attend
from largemodels.language.held import peak_bytes
from largemodels.language.online_softmax import tiled_attend


@settings(deadline=None, max_examples=60)
@given(
    T=st.integers(1, 20),
    S=st.integers(1, 20),
    tile=st.integers(1, 9),
    causal=st.booleans(),
    scale=st.sampled_from([0.0, 1.0, 30.0]),
    seed=st.integers(0, 10**6),
)
def test_agrees_with_pytorch(T, S, tile, causal, scale, seed):
    S = T if causal else S
    g = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(2, 3, n, m, generator=g, dtype=torch.float64) for n, m in ((T, 4), (S, 4), (S, 5)))
    theirs = F.scaled_dot_product_attention(scale * q, k, v, is_causal=causal)
    torch.testing.assert_close(tiled_attend(scale * q, k, v, causal, tile), theirs, rtol=0, atol=1e-12)


def test_huge_scores_do_not_overflow():
    q, k, v = torch.randn(3, 40, 4, generator=torch.Generator().manual_seed(0))
    answers = tiled_attend(1e4 * q, k, v, tile=7)
    assert answers.isfinite().all()
    torch.testing.assert_close(answers, attend(1e4 * q, k, v)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("T", [256, 1024])
def test_one_piece_holds_two_tables_and_tiles_hold_none(T):
    q, k, v = torch.zeros(3, T, 16)
    answers = T * 16 * 4
    assert 2 * 4 * T * T <= peak_bytes(lambda: attend(q, k, v)) < 2.2 * 4 * T * T + 3 * answers
    assert peak_bytes(lambda: tiled_attend(q, k, v)) < answers + 5 * 4 * 128 * 128


def test_peak_counts_what_is_alive_at_once():
    def one_after_another():
        for _ in range(5):
            torch.zeros(1000)

    def together():
        return [torch.zeros(1000) for _ in range(5)]

    def views():
        x = torch.zeros(1000)
        return [x[i:] for i in range(5)]

    assert [peak_bytes(f) for f in (one_after_another, together, views)] == [4000, 20000, 4000]
