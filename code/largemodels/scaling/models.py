"""Llama-like language models by their configuration: what seven numbers say about parameters, operations and memory.

Sizes of Llama 3 and 3.1: Grattafiori and others, 2024, https://arxiv.org/abs/2407.21783, Table 3; the vocabulary
(which the paper rounds) is that of the published configurations.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """What a configuration file says of a model."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    vocabulary: int
    tied: bool = False  # one matrix reads tokens and scores them

    @property
    def d_head(self) -> int:
        """Return the width of a head."""
        return self.width // self.heads


MODELS = {
    "SmolLM2 135M": Shape(30, 576, 9, 3, 1536, 49152, tied=True),
    "Llama 3.1 8B": Shape(32, 4096, 32, 8, 14336, 128256),
    "Llama 3.1 70B": Shape(80, 8192, 64, 8, 28672, 128256),
    "Llama 3.1 405B": Shape(126, 16384, 128, 8, 53248, 128256),
}


def block_parameters(shape: Shape) -> int:
    """Count the weights of one block."""
    keys = shape.kv_heads * shape.d_head
    attention = 2 * shape.width**2 + 2 * shape.width * keys  # q and out; k and v
    mlp = 3 * shape.width * shape.hidden  # gate, up and down
    norms = 2 * shape.width
    return attention + mlp + norms


def parameters(shape: Shape) -> int:
    """Count all weights."""
    tables = (1 if shape.tied else 2) * shape.vocabulary * shape.width
    return shape.layers * block_parameters(shape) + tables + shape.width


def training_flops(shape: Shape, length: int) -> float:
    """Return the operations of training on one token, in windows of so many.

    Two for each weight of a matrix product forward and four backward, and as many for
    queries with keys and weights with values; all pairs of places are counted, as
    Chowdhery and others (2022, appendix B) do, though a causal mask needs half.
    """
    table = shape.vocabulary * shape.width  # looked up, not multiplied
    norms = (2 * shape.layers + 1) * shape.width
    multiplied = parameters(shape) - norms - (0 if shape.tied else table)
    return 6 * multiplied + 12 * shape.layers * shape.width * length


def cache_bytes(shape: Shape, tokens: int, each: int = 2) -> int:
    """Return what the keys and values of so many tokens take, `each` number in bytes."""
    return 2 * shape.layers * shape.kv_heads * shape.d_head * tokens * each
