import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from largemodels.language import sampling
from largemodels.language.gpt import GPT, gpt2, llama

share = st.floats(0.02, 0.98)
PAIRS = {
    "temperature": (sampling.temper, TemperatureLogitsWarper, st.floats(0.1, 3)),
    "top-k": (sampling.top_k, TopKLogitsWarper, st.integers(1, 60)),
    "top-p": (sampling.top_p, TopPLogitsWarper, share),
    "min-p": (sampling.min_p, MinPLogitsWarper, share),
}


@pytest.mark.parametrize("name", PAIRS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_each_filter_is_that_of_transformers(name: str, data) -> None:
    ours, theirs, values = PAIRS[name]
    value, seed = data.draw(values), data.draw(st.integers(0, 2**31))
    scores = 3 * torch.randn(2, 40, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(ours(scores, value), theirs(value)(None, scores.clone()))


PROBABILITIES = torch.tensor([0.05, 0.4, 0.3, 0.15, 0.1])
SCORES = PROBABILITIES.log()


@pytest.mark.parametrize(
    ("filtered", "kept"),
    [
        (sampling.top_k(SCORES, 2), [1, 2]),
        (sampling.top_p(SCORES, 0.75), [1, 2, 3]),
        (sampling.top_p(SCORES, 0.1), [1]),
        (sampling.min_p(SCORES, 0.3), [1, 2, 3]),
    ],
)
def test_what_each_keeps_of_one_distribution(filtered, kept: list[int]) -> None:
    assert filtered.isfinite().nonzero().flatten().tolist() == kept


def test_a_temperature_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greedy"):
        sampling.temper(SCORES, 0)


def test_draws_follow_the_distribution() -> None:
    scores = SCORES.expand(20_000, -1)
    drawn = sampling.draw(scores, torch.Generator().manual_seed(0))
    shares = drawn.bincount(minlength=5) / len(drawn)
    torch.testing.assert_close(shares, PROBABILITIES, atol=0.015, rtol=0)


@pytest.mark.parametrize("make", [llama, gpt2])
def test_with_and_without_a_cache_the_text_is_the_same(make) -> None:
    torch.manual_seed(0)
    model = GPT(make(50, 32, 32, 2, 4))
    tokens = torch.randint(50, (2, 5))
    for choose in (sampling.greedy, None):
        texts = []
        for cached in (True, False):
            generator = torch.Generator().manual_seed(1)
            pick = choose or (lambda scores, g=generator: sampling.draw(scores, g))
            texts.append(sampling.generate(model, tokens, 20, pick, cached))
        assert torch.equal(*texts)
        assert texts[0].shape == (2, 25)
        assert torch.equal(texts[0][:, :5], tokens)


def test_learned_positions_end_somewhere() -> None:
    model = GPT(gpt2(50, 8, 32, 1, 2))
    with pytest.raises(ValueError, match="8 learned positions"):
        sampling.generate(model, torch.zeros(1, 4, dtype=torch.long), 5)
