import copy
from typing import Any

import peft
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, nn

from largemodels.language import smollm2
from largemodels.language.finetuning import layers, lora, routing, strength

NAMES = {"q_proj", "v_proj"}


def test_only_the_named_layers_are_replaced_and_all_others_are_frozen(llama: Any) -> None:
    before = dict(llama.named_modules())
    seen = []

    def make(layer: nn.Linear) -> nn.Module:
        seen.append(layer)
        return nn.Linear(layer.in_features, layer.out_features)

    assert layers.replace(llama, NAMES, make) is llama
    after = dict(llama.named_modules())
    assert after.keys() == before.keys()
    changed = {path for path in before if after[path] is not before[path]}
    assert changed == {f"model.layers.{i}.self_attn.{name}" for i in range(3) for name in NAMES}
    assert {id(layer) for layer in seen} == {id(before[path]) for path in changed}
    learning = {path.rpartition(".")[0] for path, p in llama.named_parameters() if p.requires_grad}
    assert learning == changed


def test_only_the_names_that_are_missing_are_named_and_nothing_is_changed(llama: Any) -> None:
    with pytest.raises(ValueError) as error:
        layers.replace(llama, ["q_proj", "value", "norm", "k_proj", "key"], lambda layer: layer)
    assert str(error.value) == "No linear layer is called key or norm or value."
    assert all(p.requires_grad for p in llama.parameters())


def test_what_learns_is_counted() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2).requires_grad_(False))
    assert layers.count_learning(model) == 3 * 4 + 4
    model[1].bias.requires_grad_(True)
    assert layers.count_learning(model) == 3 * 4 + 4 + 2
    assert layers.count_learning(model.requires_grad_(False)) == 0


def test_a_twin_shares_the_weights_and_not_what_is_put_in(llama: Any) -> None:
    ids = torch.arange(1, 13).view(1, 12)
    modules, answer = dict(llama.named_modules()), llama(ids).logits
    twin = layers.twin(llama)
    own, shared = dict(llama.named_parameters()), dict(twin.named_parameters())
    assert own.keys() == shared.keys()
    assert all(own[name] is shared[name] for name in own)
    lora.inject(twin, NAMES, 2, 4)
    for layer in lora.corrections(twin).values():
        nn.init.normal_(layer.B)
    assert (twin(ids).logits - answer).abs().max() > 0.01
    assert torch.equal(llama(ids).logits, answer)
    after = dict(llama.named_modules())
    assert after.keys() == modules.keys()
    assert all(after[path] is module for path, module in modules.items())
    corrected = lora.corrections(twin)
    assert corrected.keys() == {path for path in modules if path.rpartition(".")[2] in NAMES}
    assert all(layer.base.weight is own[f"{path}.weight"] for path, layer in corrected.items())


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6), st.integers(0, 99))
def test_the_layer_is_its_formula_and_merges_exactly(d_in: int, d_out: int, r: int, seed: int) -> None:
    g = Generator().manual_seed(seed)
    base = nn.Linear(d_in, d_out)
    before = base.weight.clone()
    layer = lora.LoRALinear(base, r, 3.0, g)
    x = torch.randn(5, d_in, generator=g)
    assert torch.equal(layer(x), base(x)), "B is zero"
    with torch.no_grad():
        layer.B.normal_(generator=g)
    expected = base(x) + 3.0 / r * (layer.B @ layer.A @ x.T).T
    torch.testing.assert_close(layer(x), expected, atol=1e-4, rtol=1e-4)
    layer.merge()
    layer.merge()  # twice is once
    torch.testing.assert_close(base(x), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(layer(x), expected, atol=1e-4, rtol=1e-4)
    layer.merge(False)
    layer.merge(False)
    torch.testing.assert_close(base.weight, before, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(layer(x), expected, atol=1e-4, rtol=1e-4)


def test_only_a_and_b_learn() -> None:
    model = nn.ModuleDict({"q_proj": nn.Linear(4, 6), "k_proj": nn.Linear(4, 6)})
    lora.inject(model, {"q_proj"}, 2, 4)
    assert [n for n, p in model.named_parameters() if p.requires_grad] == ["q_proj.A", "q_proj.B"]
    assert layers.count_learning(model) == 2 * (4 + 6)


def test_the_seed_decides_where_a_starts() -> None:
    def start(seed: int) -> torch.Tensor:
        return lora.inject(nn.ModuleDict({"q_proj": nn.Linear(4, 6)}), {"q_proj"}, 2, 4, seed)["q_proj"].A

    assert torch.equal(start(1), start(1))
    assert not torch.equal(start(1), start(2))
    assert start(1).abs().max() <= 4**-0.5


def test_an_adapter_survives_the_trip() -> None:
    def injected(r: int, seed: int) -> Any:
        model = nn.ModuleDict({"q_proj": nn.Linear(4, 6), "v_proj": nn.Linear(6, 4)})
        return lora.inject(model, NAMES, r, 4, seed=seed)

    one, two = injected(2, 0), injected(2, 1)
    for layer in lora.corrections(one).values():
        nn.init.normal_(layer.B)
    lora.load_adapter(two, {name: t.half() for name, t in lora.adapter(one).items()})
    for name, tensor in lora.adapter(two).items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, lora.adapter(one)[name].half().float())
    for other in (injected(3, 0), lora.inject(nn.ModuleDict({"q_proj": nn.Linear(4, 6)}), {"q_proj"}, 2, 4)):
        with pytest.raises(ValueError, match=r"other layers or another rank\.$"):
            lora.load_adapter(other, lora.adapter(one))


def test_an_adapter_is_not_loaded_under_merged_corrections(llama: Any) -> None:
    model = lora.inject(llama, NAMES, 2, 4)
    for layer in lora.corrections(model).values():
        nn.init.normal_(layer.B)
    old = {name: tensor.clone() for name, tensor in lora.adapter(model).items()}
    new = {name: tensor + 1 for name, tensor in old.items()}
    first, *_ = lora.corrections(model).values()
    first.merge()  # one is enough
    with pytest.raises(ValueError, match=r"^Take the old corrections out first: merge\(model, False\)\.$"):
        lora.load_adapter(model, new)
    assert all(torch.equal(tensor, old[name]) for name, tensor in lora.adapter(model).items())
    lora.merge(model, False)
    lora.load_adapter(model, new)
    assert all(torch.equal(tensor, new[name]) for name, tensor in lora.adapter(model).items())


def test_an_adapter_can_be_turned_down(llama: Any) -> None:
    model, ids = llama, torch.arange(1, 13).view(1, 12)
    base = model(ids).logits
    lora.inject(model, NAMES, routing.RANK, routing.ALPHA)
    for layer in lora.corrections(model).values():
        nn.init.normal_(layer.B)
    whole = model(ids).logits
    x = torch.randn(5, 32)
    first, *_ = lora.corrections(model).values()
    full = first(x) - first.base(x)
    strength.turn(model, 0.25)
    torch.testing.assert_close(first(x) - first.base(x), full / 4, atol=1e-5, rtol=1e-4)
    part = model(ids).logits
    strength.turn(model, 0.0)
    assert torch.equal(model(ids).logits, base)
    strength.turn(model, 1.0)
    assert torch.equal(model(ids).logits, whole)
    assert (part - base).abs().max() > 0.01
    assert (part - whole).abs().max() > 0.01


def _equal_to_peft(model: Any, tolerance: float) -> None:
    """Compare with peft: corrected, merged, and as the model was."""
    ids = torch.arange(1, 25).view(2, 12)
    ours = lora.inject(copy.deepcopy(model), NAMES, 4, 8, seed=3)
    g = Generator().manual_seed(4)
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=sorted(NAMES), task_type="CAUSAL_LM")
    theirs = peft.get_peft_model(model, config).eval()
    with torch.no_grad():
        for path, layer in lora.corrections(ours).items():
            layer.B.normal_(0, 0.1, generator=g)
            twin = theirs.base_model.model.get_submodule(path)
            twin.lora_A["default"].weight.copy_(layer.A)
            twin.lora_B["default"].weight.copy_(layer.B)
    loose = {"atol": 100 * tolerance, "rtol": 0}  # rounding, grown in every layer
    with torch.inference_mode():
        plain = ours(ids).logits
        torch.testing.assert_close(plain, theirs(ids).logits, atol=tolerance, rtol=0)
        lora.merge(ours)
        torch.testing.assert_close(ours(ids).logits, plain, **loose)
        with theirs.disable_adapter():
            original = theirs(ids).logits
        theirs.merge_adapter()
        for path, layer in lora.corrections(ours).items():
            twin = theirs.base_model.model.get_submodule(path)
            torch.testing.assert_close(layer.base.weight, twin.base_layer.weight, atol=tolerance, rtol=0)
        assert (original - plain).abs().max() > 1000 * tolerance, "the correction does something"
        lora.merge(ours, False)
        for layer in lora.corrections(ours).values():
            layer.B.zero_()
        torch.testing.assert_close(ours(ids).logits, original, **loose)


def test_equal_to_peft_on_a_small_llama(llama: Any) -> None:
    _equal_to_peft(llama, 1e-6)


@pytest.mark.models
@pytest.mark.slow
def test_equal_to_peft_on_smollm2() -> None:
    _equal_to_peft(smollm2.load()[0], 1e-5)
