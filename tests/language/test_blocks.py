"""The block against PyTorch's, and what it can't know without positions."""

import torch
from torch import nn

from largemodels.language.attention import causal_mask
from largemodels.language.blocks import Block, Transformer
from largemodels.language.positions import Sinusoidal, rotary


def test_block_agrees_with_pytorch():
    torch.manual_seed(0)
    ours = Block(12, 3).double().eval()
    theirs = nn.TransformerEncoderLayer(12, 3, 48, 0.0, "gelu", batch_first=True, norm_first=True)
    theirs = theirs.double().eval()
    copy(ours, theirs)
    x, mask = torch.randn(2, 7, 12, dtype=torch.float64), causal_mask(7)
    with torch.no_grad():  # with torch's mask, true means hidden
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-12)
        torch.testing.assert_close(ours(x, mask), theirs(x, src_mask=~mask), rtol=0, atol=1e-12)


def copy(ours, theirs):
    parts = ours.attention.query, ours.attention.key, ours.attention.value
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
    theirs.self_attn.out_proj.load_state_dict(ours.attention.output.state_dict())
    pairs = (
        (theirs.norm1, ours.norm1),
        (theirs.norm2, ours.norm2),
        (theirs.linear1, ours.mlp[0]),
        (theirs.linear2, ours.mlp[2]),
    )
    for their, our in pairs:
        nn.init.normal_(our.weight)
        nn.init.normal_(our.bias)
        their.load_state_dict(our.state_dict())


def test_without_places_or_mask_order_does_not_exist():
    torch.manual_seed(0)
    net, tokens = Transformer(9, 8, heads=2, layers=2), torch.randint(9, (2, 6))
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(net(tokens[:, order]), net(tokens)[:, order], rtol=0, atol=1e-5)


def test_a_mask_or_places_make_order_exist():
    torch.manual_seed(0)
    tokens, order = torch.randint(9, (2, 6)), torch.tensor([3, 0, 5, 1, 4, 2])
    plain = Transformer(9, 8, heads=2, layers=2)
    told = Transformer(9, 8, heads=2, layers=2, place=Sinusoidal())
    turned = Transformer(9, 8, heads=2, layers=2, turn=rotary)
    for net, mask in ((plain, causal_mask(6)), (told, None), (turned, None)):
        assert not torch.allclose(net(tokens[:, order], mask), net(tokens, mask)[:, order], atol=1e-3)


def test_look_shows_the_weights_of_forward():
    torch.manual_seed(0)
    net, tokens, mask = Transformer(9, 8, 2, 3, turn=rotary), torch.randint(9, (2, 6)), causal_mask(6)
    weights = net.look(tokens, mask)
    assert [w.shape for w in weights] == [(2, 2, 6, 6)] * 3
    for w in weights:
        torch.testing.assert_close(w.sum(-1), torch.ones(2, 2, 6), rtol=0, atol=1e-6)
        assert not w.masked_select(~mask).any()
