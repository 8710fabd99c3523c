"""A language model in one file: GPT-2 and Llama are two settings of it.

`Config` says which; tokens go in, (batch, time), and the scores of every possible next
token come out, (batch, time, vocabulary). The weights of published models fit in: see
`largemodels.language.gpt_weights`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Config:
    """The sizes of a GPT, and the choices in which GPT-2 and Llama differ."""

    vocabulary: int
    length: int  # tokens in a window; learned positions end here
    width: int  # numbers for each token, from block to block
    layers: int
    heads: int
    kv_heads: int  # fewer than `heads`: several queries share one key and value
    hidden: int  # neurons of each block's MLP
    norm: str = "rms"  # or "layer"
    positions: str = "rotary"  # or "learned"
    mlp: str = "swiglu"  # or "gelu"
    bias: bool = False  # in every linear layer
    base: float = 10_000.0  # of the wavelengths of rotary positions
    epsilon: float = 1e-5  # keeps norms from dividing by zero
    causal: bool = True  # False: every token sees every other, as in BERT

    @property
    def d_head(self) -> int:
        """Return the width of one head."""
        return self.width // self.heads


def llama(vocabulary: int, length: int, width: int, layers: int, heads: int) -> Config:
    """Return the settings of a small Llama: half as many keys and values as queries."""
    hidden = 3 * width  # three matrices, so about as many weights as GPT-2's two
    return Config(vocabulary, length, width, layers, heads, max(1, heads // 2), hidden)


def gpt2(vocabulary: int, length: int, width: int, layers: int, heads: int) -> Config:
    """Return the settings of a small GPT-2."""
    sizes = (vocabulary, length, width, layers, heads, heads, 4 * width)
    return Config(*sizes, norm="layer", positions="learned", mlp="gelu", bias=True)


class GPT(nn.Module):
    """Tokens (batch, time) to the next token's scores, (batch, time, vocabulary)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocabulary, config.width)
        if config.positions == "learned":
            self.position = nn.Embedding(config.length, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = make_norm(config)
        self.apply(initialize)
        for name, weight in self.named_parameters():
            if name.endswith(("out.weight", "down.weight")):  # 2·layers terms add up
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.layers))

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """Return the scores; with a cache, `tokens` are those that it lacks."""
        start = 0 if cache is None else len(cache)
        places = torch.arange(start, start + tokens.shape[1])  # (time,)
        x = self.embed(tokens)  # (batch, time, width)
        turns = None
        if self.config.positions == "learned":
            x = x + self.position(places)
        else:
            turns = turning(places, self.config.d_head, self.config.base)
        for i, block in enumerate(self.blocks):
            x = block(x, turns, None if cache is None else cache.layers[i])
        return self.norm(x) @ self.embed.weight.T  # tied: read as it was written


class Block(nn.Module):
    """Let tokens exchange what they know, then let each think by itself."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norm1, self.attention = make_norm(config), Attention(config)
        self.norm2 = make_norm(config)
        self.mlp = SwiGLU(config) if config.mlp == "swiglu" else MLP(config)

    def forward(self, x: Tensor, turns: Turns | None, past: Past | None) -> Tensor:
        """Return x, (batch, time, width), with what both halves add to it."""
        x = x + self.attention(self.norm1(x), turns, past)
        return x + self.mlp(self.norm2(x))


class Attention(nn.Module):
    """Many heads; several heads of queries may share one of keys and values."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.d_head, self.causal = config.d_head, config.causal
        width, kv_width = config.width, config.kv_heads * config.d_head
        self.q = nn.Linear(width, width, bias=config.bias)
        self.k = nn.Linear(width, kv_width, bias=config.bias)
        self.v = nn.Linear(width, kv_width, bias=config.bias)
        self.out = nn.Linear(width, width, bias=config.bias)

    def forward(self, x: Tensor, turns: Turns | None, past: Past | None) -> Tensor:
        """Return what each token of x, (batch, time, width), reads from the others."""
        q = self.split(self.q(x))  # (batch, heads, time, d_head)
        k = self.split(self.k(x))  # (batch, kv_heads, time, d_head)
        v = self.split(self.v(x))  # (batch, kv_heads, time, d_head)
        if turns is not None:
            q, k = turn(q, turns), turn(k, turns)
        if past is not None:
            k, v = past.extend(k, v)  # time: now all tokens so far
        seen = self.mask(q.shape[2], k.shape[2])
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, enable_gqa=True)
        return self.out(y.transpose(1, 2).flatten(2))  # (batch, time, width)

    def split(self, x: Tensor) -> Tensor:
        """Cut the last axis into heads: (batch, heads, time, d_head)."""
        return x.unflatten(-1, (-1, self.d_head)).transpose(1, 2)

    def mask(self, queries: int, keys: int) -> Tensor | None:
        """Return who sees whom, (queries, keys): itself and what was before."""
        if not self.causal or queries == 1:  # the newest token sees all
            return None
        everything = torch.ones(queries, keys, dtype=torch.bool)
        return everything.tril(keys - queries)  # the last query is the last key


class MLP(nn.Module):
    """GPT-2's: widen, bend, narrow."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.up = nn.Linear(config.width, config.hidden, bias=config.bias)
        self.down = nn.Linear(config.hidden, config.width, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, time, width)."""
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class SwiGLU(MLP):
    """Llama's: one half computes, the other says how much of it passes."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.gate = nn.Linear(config.width, config.hidden, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, time, width)."""
        return self.down(F.silu(self.gate(x)) * self.up(x))


Turns = tuple[Tensor, Tensor]  # cosines and sines, (time, d_head) each


def turning(places: Tensor, d_head: int, base: float) -> Turns:
    """Return by what angles the pairs of a head turn at each place, (time,)."""
    pairs = torch.arange(0, d_head, 2)  # (d_head / 2,)
    speeds = base ** (-pairs / d_head)  # radians a token, fast to slow
    angles = places[:, None] * speeds.repeat(2)  # (time, d_head)
    return angles.cos(), angles.sin()


def turn(x: Tensor, turns: Turns) -> Tensor:
    """Turn each pair (i, i + d_head/2) of x, (..., time, d_head), in its plane."""
    cos, sin = turns
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


class Past:
    """The keys and values of the tokens so far, in one layer."""

    def __init__(self) -> None:
        self.kv: tuple[Tensor, Tensor] | None = None

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append (batch, kv_heads, time, d_head) of both; return all there are."""
        if self.kv is not None:
            k = torch.cat([self.kv[0], k], dim=2)
            v = torch.cat([self.kv[1], v], dim=2)
        self.kv = k, v
        return k, v


class Cache:
    """What a GPT need not compute again: the past of each layer."""

    def __init__(self, config: Config) -> None:
        self.layers = [Past() for _ in range(config.layers)]

    def __len__(self) -> int:
        """Return how many tokens it holds."""
        kv = self.layers[0].kv
        return 0 if kv is None else kv[0].shape[2]

    def bytes(self) -> int:
        """Return how much memory its tensors take."""
        tensors = [tensor for past in self.layers for tensor in past.kv or ()]
        return sum(tensor.nbytes for tensor in tensors)


def make_norm(config: Config) -> nn.Module:
    """Return a layer that brings each token's numbers to one size."""
    kind = nn.RMSNorm if config.norm == "rms" else nn.LayerNorm
    return kind(config.width, eps=config.epsilon)


def initialize(layer: nn.Module) -> None:
    """Draw small weights, as GPT-2's authors did; leave norms as they are."""
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=0.02)
    if isinstance(layer, nn.Linear) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
