import copy
from typing import Any

import peft
import pytest
import torch
from torch import Generator, Tensor

from largemodels.language.finetuning import adapters, layers, prefix

IDS = torch.arange(1, 25).view(2, 12)


def fit(model: Any, rate: float, steps: int) -> list[float]:
    """Learn to foretell IDS with what may learn; return the losses."""
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], rate)
    losses = []
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(model(IDS[:, :-1]).logits.flatten(0, 1), IDS[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_adapters_change_nothing_at_first_and_learn(llama: Any) -> None:
    before = llama(IDS).logits.detach()
    frozen = {name: p.clone() for name, p in llama.named_parameters()}
    assert adapters.insert(llama, {"o_proj", "down_proj"}, 4) is llama
    assert torch.equal(llama(IDS).logits, before)
    assert layers.count_learning(llama) == 6 * (2 * 32 * 4 + 4 + 32)
    losses = fit(llama, 1e-2, 100)
    assert losses[-1] < losses[0] - 0.15
    after = {name.replace("_proj.layer.", "_proj."): p for name, p in llama.named_parameters()}
    assert all(torch.equal(after[name], p) for name, p in frozen.items())


def test_an_adapter_is_its_formula() -> None:
    adapter = adapters.Adapter(6, 2, Generator().manual_seed(0))
    h = torch.randn(3, 6)
    assert torch.equal(adapter(h), h)
    with torch.no_grad():
        adapter.up.weight.normal_()
        adapter.up.bias.normal_()
    inner = torch.nn.functional.gelu(h @ adapter.down.weight.T + adapter.down.bias)
    torch.testing.assert_close(adapter(h), h + inner @ adapter.up.weight.T + adapter.up.bias)


def test_an_adapter_reads_what_its_layer_says() -> None:
    model = torch.nn.ModuleDict({"o_proj": torch.nn.Linear(4, 6)})
    layer = model["o_proj"]
    followed = adapters.insert(model, {"o_proj"}, 2)["o_proj"]
    torch.nn.init.normal_(followed.adapter.up.weight)
    x = torch.randn(3, 4)
    assert followed.layer is layer
    assert torch.equal(followed(x), followed.adapter(layer(x)))


def test_the_seed_decides_where_an_adapter_starts() -> None:
    def start(seed: int) -> Tensor:
        model = torch.nn.ModuleDict({"o_proj": torch.nn.Linear(4, 6)})
        return adapters.insert(model, {"o_proj"}, 2, seed)["o_proj"].adapter.down.weight

    assert torch.equal(start(1), start(1))
    assert not torch.equal(start(1), start(2))


def pefts(model: Any, kv: Tensor) -> Any:
    """Return the same prefix as peft keeps it."""
    config = peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=kv.shape[3])
    theirs = peft.get_peft_model(model, config).eval()
    weight = theirs.prompt_encoder["default"].embedding.weight  # (length, layers * 2 * heads * d_head)
    rows = kv.permute(3, 0, 1, 2, 4)  # (length, layers, 2, heads, d_head)
    assert weight.numel() == rows.numel()
    with torch.no_grad():
        weight.copy_(rows.reshape(weight.shape))
    return theirs


def test_a_prefix_equals_pefts_also_beside_padding(llama: Any) -> None:
    kv = prefix.draw(llama, 5, seed=1)
    theirs = pefts(copy.deepcopy(llama), kv)
    ours = prefix.attach(llama, kv)
    torch.testing.assert_close(ours(IDS).logits, theirs(input_ids=IDS).logits, atol=1e-6, rtol=0)
    mask = torch.ones_like(IDS)
    mask[1, :3] = 0  # on the left, where real tokens would see it
    expected = theirs(input_ids=IDS, attention_mask=mask).logits
    found = ours(IDS, attention_mask=mask).logits
    torch.testing.assert_close(found[mask == 1], expected[mask == 1], atol=1e-6, rtol=0)
    assert (found[1, 3:] - ours(IDS).logits[1, 3:]).abs().max() > 1e-3, "the mask does something"


def test_a_prefix_that_real_tokens_wrote_is_those_tokens(llama: Any) -> None:
    ids = IDS.reshape(-1).tolist()
    expected = llama(torch.tensor([ids])).logits[:, 4:]
    kv = prefix.written(llama, ids[:4])
    assert kv.shape == (3, 2, 2, 4, 8)
    ours = prefix.attach(llama, kv)
    torch.testing.assert_close(ours(torch.tensor([ids[4:]])).logits, expected, atol=1e-5, rtol=0)
    twice = ours(torch.tensor([ids[4:]] * 2)).logits
    torch.testing.assert_close(twice, expected.expand(2, -1, -1), atol=1e-5, rtol=0)


def test_a_prefix_takes_no_cache_and_says_so(llama: Any) -> None:
    """Where there is none, generating goes on as after the real tokens that wrote the prefix."""
    ids = IDS.reshape(1, -1)
    options = {"max_new_tokens": 8, "min_new_tokens": 8, "do_sample": False}
    expected = llama.generate(ids, **options)[:, 4:]
    ours = prefix.attach(llama, prefix.written(llama, ids[0, :4].tolist()))
    with pytest.raises(ValueError, match=r"pass use_cache=False\.$"):
        ours.generate(ids[:, 4:], **options)
    said = ours.generate(ids[:, 4:], use_cache=False, **options)
    assert said.shape == (1, 20 + 8)
    assert torch.equal(said, expected)


def test_the_seed_decides_a_drawn_prefix(llama: Any) -> None:
    assert prefix.draw(llama, 7).shape == (3, 2, 2, 7, 8)
    assert torch.equal(prefix.draw(llama, 7, seed=3), prefix.draw(llama, 7, seed=3))
    assert not torch.equal(prefix.draw(llama, 7, seed=3), prefix.draw(llama, 7, seed=4))


def test_only_the_prefix_learns(llama: Any) -> None:
    ours = prefix.attach(llama, prefix.draw(llama, 4))
    assert ours is llama
    assert [name for name, p in ours.named_parameters() if p.requires_grad] == ["model.kv"]
    losses = fit(ours, 3e-2, 40)
    assert losses[-1] < losses[0] - 0.05
    assert all((p.grad is None) == (name != "model.kv") for name, p in ours.named_parameters())
    assert (ours.model.kv.grad != 0).flatten(1).any(dim=1).all(), "every layer's"
