"""What a configuration tells equals what the library's own model has and does."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.scaling import models, rehearsal
from largemodels.scaling.models import MODELS, Shape


def shapes() -> st.SearchStrategy[Shape]:
    def build(layers: int, kv_heads: int, queries: int, half: int, hidden: int, vocabulary: int, tied: bool) -> Shape:
        heads = kv_heads * queries
        return Shape(layers, 2 * half * heads, heads, kv_heads, hidden, vocabulary, tied)

    one = st.integers(1, 4)
    return st.builds(build, one, one, one, st.integers(1, 8), st.integers(1, 64), st.integers(2, 99), st.booleans())


@settings(max_examples=25, deadline=None)
@given(shape=shapes())
def test_parameters_are_those_of_the_library(shape: Shape) -> None:
    with torch.device("meta"):
        model = rehearsal.build(shape, torch.float32)
    assert models.parameters(shape) == sum(p.numel() for p in model.parameters())


def test_published_counts() -> None:
    """Those of the models' safetensors files."""
    found = {name: models.parameters(shape) for name, shape in MODELS.items()}
    assert found == {
        "SmolLM2 135M": 134_515_008,
        "Llama 3.1 8B": 8_030_261_248,
        "Llama 3.1 70B": 70_553_706_496,
        "Llama 3.1 405B": 405_853_388_800,
    }


def test_operations_come_near_six_for_each_parameter() -> None:
    large = MODELS["Llama 3.1 405B"]
    assert models.training_flops(large, 1) / models.parameters(large) == pytest.approx(6, rel=0.01)
    rise = models.training_flops(large, 1001) - models.training_flops(large, 1)
    assert rise == pytest.approx(12 * 126 * 16384 * 1000)


def test_a_cache_holds_keys_and_values_of_every_layer() -> None:
    shape = Shape(layers=3, width=64, heads=8, kv_heads=2, hidden=1, vocabulary=1)
    both = (2, 2, 5, 8)  # keys and values, kv_heads, tokens, d_head
    past = [torch.zeros(both, dtype=torch.bfloat16) for _ in range(3)]
    assert models.cache_bytes(shape, 5) == sum(x.nbytes for x in past)
