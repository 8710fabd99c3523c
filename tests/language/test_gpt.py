import dataclasses
import math

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from largemodels.language import smollm2
from largemodels.language.gpt import GPT, Cache, Config, gpt2, llama, turn, turning
from largemodels.language.gpt_weights import from_gpt2, from_llama

TOKENS = torch.randint(50, (2, 12), generator=torch.Generator().manual_seed(0))


def tiny_llama(**changes) -> LlamaForCausalLM:
    settings = {"vocab_size": 50, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    settings |= {"num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": True}
    return LlamaForCausalLM(LlamaConfig(**settings | changes)).eval()


def tiny_gpt2() -> GPT2LMHeadModel:
    return GPT2LMHeadModel(GPT2Config(vocab_size=50, n_positions=16, n_embd=32, n_layer=2, n_head=4)).eval()


def shaken(model):
    """With norms and biases that are not the neutral ones, which would hide mistakes."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize(("make", "convert"), [(tiny_llama, from_llama), (tiny_gpt2, from_gpt2)], ids=["llama", "gpt2"])
def test_logits_are_those_of_transformers(make, convert) -> None:
    torch.manual_seed(0)
    source = shaken(make())
    with torch.inference_mode():
        torch.testing.assert_close(convert(source)(TOKENS), source(TOKENS).logits, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [{"tie_word_embeddings": False}, {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}}],
)
def test_a_llama_that_we_cannot_be_is_refused(changes) -> None:
    with pytest.raises(ValueError, match="give a Llama"):
        from_llama(tiny_llama(**changes))


@pytest.mark.models
@pytest.mark.slow
def test_smollm2_gives_the_same_logits() -> None:
    source, tokenizer = smollm2.load()
    tokens = tokenizer("Shall I compare thee to a summer's day? Thou art more lovely", return_tensors="pt").input_ids
    with torch.inference_mode():
        theirs, ours = source(tokens).logits, from_llama(source)(tokens)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


SETTINGS = [llama(50, 16, 32, 2, 4), gpt2(50, 16, 32, 2, 4)]


@pytest.mark.parametrize("config", SETTINGS, ids=["llama", "gpt2"])
@pytest.mark.parametrize("pieces", [[12], [1] * 12, [5, 1, 6]], ids=str)
def test_with_a_cache_the_scores_are_the_same(config: Config, pieces: list[int]) -> None:
    torch.manual_seed(0)
    model = shaken(GPT(config))
    cache = Cache(config)
    with torch.inference_mode():
        parts = [model(piece, cache) for piece in TOKENS.split(pieces, dim=1)]
        torch.testing.assert_close(torch.cat(parts, dim=1), model(TOKENS), atol=1e-4, rtol=1e-4)
    assert len(cache) == 12
    assert (
        cache.bytes() == 2 * 2 * 2 * config.kv_heads * 12 * 8 * 4
    )  # batch, k and v, layers, heads, time, d_head, float32


@pytest.mark.parametrize("config", SETTINGS, ids=["llama", "gpt2"])
def test_no_token_sees_what_comes_after(config: Config) -> None:
    torch.manual_seed(0)
    model = shaken(GPT(config))
    changed = TOKENS.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % 50
    assert torch.equal(model(TOKENS)[:, :7], model(changed)[:, :7])
    free = shaken(GPT(dataclasses.replace(config, causal=False)))
    assert not torch.allclose(free(TOKENS)[:, 0], free(changed)[:, 0])


def test_a_new_model_knows_nothing_and_says_so() -> None:
    torch.manual_seed(0)
    scores = GPT(llama(50, 16, 32, 2, 4))(TOKENS)
    loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), TOKENS.flatten().roll(1))
    assert loss.item() == pytest.approx(math.log(50), abs=0.1)


def test_rotary_scores_hang_on_distance_only() -> None:
    q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    score = lambda i, j: turn(q, turning(torch.tensor([i]), 8, 1e4)) @ turn(k, turning(torch.tensor([j]), 8, 1e4)).T  # noqa: E731
    torch.testing.assert_close(score(3, 1), score(13, 11))
    assert not torch.allclose(score(3, 1), score(3, 2))


def test_gpt2_and_llama_are_of_one_size() -> None:
    sizes = [sum(p.numel() for p in GPT(make(83, 128, 128, 4, 4)).parameters()) for make in (llama, gpt2)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)
