"""Our attention and heads against PyTorch's."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from largemodels.language.attention import MultiHead, attend, causal_mask

lengths = st.integers(1, 7)


@settings(deadline=None, max_examples=50)
@given(T=lengths, S=lengths, d=st.integers(1, 6), d_v=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_attend_agrees_with_pytorch(T, S, d, d_v, seed):
    g = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(2, 3, n, m, generator=g) for n, m in ((T, d), (S, d), (S, d_v)))
    mask = torch.rand(T, S, generator=g) < 0.6
    mask[:, 0] = True
    for may in (None, mask):
        answers, weights = attend(q, k, v, may)
        torch.testing.assert_close(answers, F.scaled_dot_product_attention(q, k, v, may), rtol=0, atol=1e-6)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, T), rtol=0, atol=1e-6)
    assert not weights.masked_select(~mask).any()


def test_causal_mask_is_pytorchs():
    q, k, v = torch.randn(3, 2, 9, 4, generator=torch.Generator().manual_seed(0))
    theirs = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(attend(q, k, v, causal_mask(9))[0], theirs, rtol=0, atol=1e-6)


def test_a_later_word_changes_no_earlier_answer():
    torch.manual_seed(0)
    layer, x = MultiHead(8, 2), torch.randn(1, 6, 8)
    before = layer(x, mask=causal_mask(6))
    x[:, 4] += 1
    after = layer(x, mask=causal_mask(6))
    torch.testing.assert_close(after[:, :4], before[:, :4], rtol=0, atol=0)
    assert not torch.allclose(after[:, 4:], before[:, 4:])


@settings(deadline=None, max_examples=25)
@given(T=lengths, S=lengths, heads=st.integers(1, 4), d_head=st.integers(1, 4), seed=st.integers(0, 10**6))
def test_heads_agree_with_pytorch(T, S, heads, d_head, seed):
    torch.manual_seed(seed)
    d = heads * d_head
    ours, theirs = MultiHead(d, heads), nn.MultiheadAttention(d, heads, batch_first=True)
    copy(ours, theirs)
    x, context = torch.randn(2, T, d), torch.randn(2, S, d)
    for asked in (x, context):
        output, weights = theirs(x, asked, asked, average_attn_weights=False)
        torch.testing.assert_close(ours(x, asked), output, rtol=0, atol=1e-6)
        torch.testing.assert_close(ours.look(x, asked)[1], weights, rtol=0, atol=1e-6)
    torch.testing.assert_close(ours(x), ours(x, x), rtol=0, atol=0)


def copy(ours, theirs):
    """Give their heads our weights: theirs stand in one matrix."""
    parts = ours.query, ours.key, ours.value
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
    theirs.out_proj.load_state_dict(ours.output.state_dict())


def test_equal_keys_share_evenly_and_a_distinct_one_wins():
    q, v = torch.ones(1, 2), torch.eye(3)
    assert torch.allclose(attend(q, torch.ones(3, 2), v)[0], torch.full((1, 3), 1 / 3))
    k = torch.tensor([[0.0, 0.0], [50.0, 50.0], [0.0, 0.0]])
    assert torch.allclose(attend(q, k, v)[0], v[1:2])


def test_scores_are_divided_by_the_root():
    q, k = torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([[3.0, 0, 0, 0], [0.0, 0, 0, 0]])
    weights = attend(q, k, k)[1]
    assert weights[0, 0] / weights[0, 1] == pytest.approx(math.exp(6 / 2), rel=1e-5)


def test_heads_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match="divisor"):
        MultiHead(10, 3)
