"""The weights of published models in our GPT: tables of names, and little else.

Both take a model of the transformers library. Llama's weights fit as they are; GPT-2
keeps queries, keys and values in one matrix, and every matrix the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from largemodels.language.gpt import GPT, Config

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel, LlamaForCausalLM

LLAMA_SIZES = {
    "vocabulary": "vocab_size",
    "length": "max_position_embeddings",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "hidden": "intermediate_size",
    "epsilon": "rms_norm_eps",
}
GPT2_SIZES = {
    "vocabulary": "vocab_size",
    "length": "n_positions",
    "width": "n_embd",
    "layers": "n_layer",
    "heads": "n_head",
    "kv_heads": "n_head",
    "epsilon": "layer_norm_epsilon",
}
LLAMA = {
    "input_layernorm": "norm1",
    "self_attn.q_proj": "attention.q",
    "self_attn.k_proj": "attention.k",
    "self_attn.v_proj": "attention.v",
    "self_attn.o_proj": "attention.out",
    "post_attention_layernorm": "norm2",
    "mlp.gate_proj": "mlp.gate",
    "mlp.up_proj": "mlp.up",
    "mlp.down_proj": "mlp.down",
}
GPT2 = {
    "ln_1": "norm1",
    "attn.c_proj": "attention.out",
    "ln_2": "norm2",
    "mlp.c_fc": "mlp.up",
    "mlp.c_proj": "mlp.down",
}


def from_llama(source: LlamaForCausalLM) -> GPT:
    """Return a GPT that shares the weights of a Llama; raise ValueError for one we can't be."""
    theirs: Any = source.config
    if not theirs.tie_word_embeddings or theirs.rope_parameters["rope_type"] != "default":
        raise ValueError(
            "Our GPT ties its embeddings and turns by plain rotary positions; give a Llama that does so too."
        )
    config = Config(**_sizes(theirs, LLAMA_SIZES), base=theirs.rope_parameters["rope_theta"])
    weights = source.model.state_dict()
    ours = {"embed.weight": weights["embed_tokens.weight"], "norm.weight": weights["norm.weight"]}
    for i in range(config.layers):
        for their_name, our_name in LLAMA.items():
            ours[f"blocks.{i}.{our_name}.weight"] = weights[f"layers.{i}.{their_name}.weight"]
    return _filled(config, ours)


def from_gpt2(source: GPT2LMHeadModel) -> GPT:
    """Return a GPT that shares the weights of a GPT-2."""
    theirs: Any = source.config
    choices: dict[str, Any] = {"norm": "layer", "positions": "learned", "mlp": "gelu", "bias": True}
    hidden = theirs.n_inner or 4 * theirs.n_embd
    config = Config(**_sizes(theirs, GPT2_SIZES), **choices, hidden=hidden)
    weights = source.transformer.state_dict()
    ours = {"embed.weight": weights["wte.weight"], "position.weight": weights["wpe.weight"]}
    ours |= {"norm.weight": weights["ln_f.weight"], "norm.bias": weights["ln_f.bias"]}
    for i in range(config.layers):
        ours |= _gpt2_block(weights, f"h.{i}", f"blocks.{i}")
    return _filled(config, ours)


def _sizes(theirs: Any, names: dict[str, str]) -> dict[str, Any]:
    return {our_name: getattr(theirs, their_name) for our_name, their_name in names.items()}


def _gpt2_block(weights: dict[str, Tensor], theirs: str, ours: str) -> dict[str, Tensor]:
    block = {}
    for part in ("weight", "bias"):
        for their_name, our_name in GPT2.items():
            block[f"{ours}.{our_name}.{part}"] = weights[f"{theirs}.{their_name}.{part}"].t()
        fused = weights[f"{theirs}.attn.c_attn.{part}"].t()  # (3·width, ...)
        for name, piece in zip("qkv", fused.chunk(3), strict=True):
            block[f"{ours}.attention.{name}.{part}"] = piece
    return block


def _filled(config: Config, weights: dict[str, Tensor]) -> GPT:
    with torch.device("meta"):  # no memory for numbers that are replaced at once
        model = GPT(config)
    model.load_state_dict(weights, assign=True)
    return model.eval()
