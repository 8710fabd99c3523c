"""What several tests of this room share: small models with random weights, and a real tokenizer."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from largemodels.language import smollm2

SIZES = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}


@pytest.fixture(scope="session")
def make_llama() -> Callable[..., Any]:
    """Return a function that makes a small Llama, the same each time; other sizes by name."""

    def make(**changed: Any) -> Any:
        from transformers import LlamaConfig, LlamaForCausalLM

        torch.manual_seed(0)
        return LlamaForCausalLM(LlamaConfig(**{**SIZES, **changed})).eval()

    return make


@pytest.fixture
def llama(make_llama: Callable[..., Any]) -> Any:
    """Return a small Llama of the usual sizes, to be changed at will."""
    return make_llama()


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """Return SmolLM2's tokenizer."""
    return smollm2.load()[1]
