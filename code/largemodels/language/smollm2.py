"""SmolLM2-135M-Instruct: a real instruction-tuned language model, small enough for a laptop's processor.

Its package holds 4-bit weights in a GGUF file. They are turned once into ordinary tensors and kept in
the store as safetensors, which load in a second. What 4 bits lost stays lost: the logits are those of the GGUF file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from largemodels.core import store
from largemodels.language.pretrained import load_pretrained

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

NAME = "smollm2-135m-instruct"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
BOS, EOS, PAD = 1, 2, 2  # <|im_start|> and twice <|im_end|>


def load() -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """Load the model, float32 and ready to answer, and its tokenizer; both are ordinary transformers objects.

    Raises StoreError where the model can't be had. With LARGEMODELS_HUB=1 both come from
    the hub, and the weights are the original ones.
    """
    from transformers import AutoModelForCausalLM

    return load_pretrained(AutoModelForCausalLM, NAME, lambda: store.derived(NAME, "safetensors-1", _convert))


def _convert(source: Path, target: Path) -> None:
    """Save the GGUF file's model and tokenizer as transformers keeps them."""
    _tokenizer(source).save_pretrained(target)
    quantized, plain = _models(source)
    _assert_same(quantized, plain)
    plain.save_pretrained(target)


def _tokenizer(source: Path) -> PreTrainedTokenizerFast:
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(source, gguf_file=GGUF, local_files_only=True)
    # GGUF keeps only the name of the rule that cuts text before the merges: digits one by one, then bytes.
    rule = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.backend_tokenizer.pre_tokenizer = rule
    for role, token in {"bos_token": BOS, "eos_token": EOS, "pad_token": PAD}.items():
        setattr(tokenizer, role, tokenizer.convert_ids_to_tokens(token))
    return tokenizer


def _models(source: Path) -> tuple[LlamaForCausalLM, LlamaForCausalLM]:
    """Return the GGUF file's model, which counts as quantized and can't be saved, and an ordinary one beside it."""
    from accelerate import init_empty_weights
    from transformers import AutoModelForCausalLM, LlamaForCausalLM

    quantized = AutoModelForCausalLM.from_pretrained(source, gguf_file=GGUF, dtype=torch.float32, local_files_only=True)
    config: Any = type(quantized.config)(**quantized.config.to_dict())
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.bos_token_id, config.eos_token_id, config.pad_token_id = BOS, EOS, PAD
    with init_empty_weights():  # half a gigabyte that would be replaced at once
        plain = LlamaForCausalLM(config)
    plain.load_state_dict(quantized.state_dict(), assign=True)
    plain.tie_weights()
    plain.generation_config.update(bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD)
    return quantized.eval(), plain.eval()


def _assert_same(quantized: LlamaForCausalLM, plain: LlamaForCausalLM) -> None:
    tokens = torch.arange(100, 164).view(1, -1)  # (1, 64)
    with torch.inference_mode():
        same = torch.equal(quantized(tokens).logits, plain(tokens).logits)
    if not same:
        raise store.StoreError(
            "The conversion of SmolLM2 gives other logits than its GGUF file: "
            "install the versions of torch, transformers and gguf that constraints.txt names."
        )
