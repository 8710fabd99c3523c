"""A training step without a number in it: shapes alone tell what it will compute and keep.

PyTorch's fake tensors have a shape, a type and a device, and no storage. A model made of
them runs forward and backward as ever, at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import finalize

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import flop_registry
from transformers import AttentionInterface, LlamaConfig, LlamaForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from largemodels.scaling.models import Shape

# Without a mask, which transformers would make of (length, length) numbers while it is traced.
CAUSAL = "causal"
AttentionInterface.register(CAUSAL, sdpa_attention_forward)

PLAINLY: Any = {"use_reentrant": False, "preserve_rng_state": False}  # nothing is drawn in a block


@dataclass(frozen=True)
class Step:
    """What one step of training asks for."""

    parameters: int
    forward: int  # operations
    total: int  # operations, the backward pass among them
    kept: int  # bytes that the forward pass leaves for the backward pass
    peak: int  # the most bytes at any moment, weights and gradients left out


def rehearse(shape: Shape, batch: int, length: int, recompute: bool = False) -> Step:
    """Take a step with fake tensors of 16 bits: (batch, length) tokens."""
    with FakeTensorMode():
        model = build(shape, torch.bfloat16, recompute)
        return take(model, torch.zeros(batch, length, dtype=torch.long))


def build(shape: Shape, dtype: torch.dtype, recompute: bool = False) -> LlamaForCausalLM:
    """Make transformers' Llama of this shape; `recompute` keeps each block's input alone."""
    config: Any = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        tie_word_embeddings=shape.tied,
    )
    config._attn_implementation = CAUSAL
    model = LlamaForCausalLM._from_config(config, dtype=dtype)
    if recompute:
        for block in model.model.layers:
            block.forward = partial(checkpoint, block.forward, **PLAINLY)
    return model.train()


def take(model: nn.Module, tokens: Tensor) -> Step:
    """Run forward and backward, and count what is done and what is held meanwhile."""
    weights = list(model.parameters())
    for weight in weights:
        weight.grad = torch.zeros_like(weight)  # from the step before
    with Watch() as watch:
        loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
        forward, kept = watch.operations, watch.held
        loss.backward()
    count = sum(weight.numel() for weight in weights)
    return Step(count, forward, watch.operations, kept, watch.peak)


class Watch(TorchDispatchMode):
    """Counts operations, by PyTorch's formulas, and the memory that they make and free."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = self.held = self.peak = 0
        self.sizes: dict[int, int] = {}  # bytes, by the address of the storage's record

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do the operation, and note what it took and what it returns."""
        given = {id_of(x) for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
        result = operation(*args, **(kwargs or {}))
        formula = FORMULAS.get(operation.overloadpacket)
        if formula is not None:
            self.operations += formula(*args, **(kwargs or {}), out_val=result)
        for x in tree_leaves(result):
            if isinstance(x, Tensor) and id_of(x) not in given | self.sizes.keys():
                self.note(x.untyped_storage())
        return result

    def note(self, storage: Any) -> None:
        """Add a storage, until nobody holds it any more."""
        place = storage._cdata
        self.sizes[place] = storage.nbytes()
        self.held += self.sizes[place]
        self.peak = max(self.peak, self.held)
        finalize(storage, self.forget, place)

    def forget(self, place: int) -> None:
        """Take a storage off that was given back."""
        self.held -= self.sizes.pop(place)


def id_of(x: Tensor) -> int:
    """Return what two views of one storage share; a fake storage has no address."""
    return x.untyped_storage()._cdata


def attention_flops(q: Tensor, k: Tensor, *_: Any, **__: Any) -> int:
    """Return the operations of queries with keys and weights with values."""
    batch, heads, queries, d_head = q.shape
    return 2 * 2 * batch * heads * queries * k.shape[2] * d_head


def attention_backward_flops(_: Any, q: Tensor, k: Tensor, *__: Any, **___: Any) -> int:
    """Return those of their gradients: four products for two."""
    return 2 * attention_flops(q, k)


# PyTorch knows the attention of GPUs, not that of the processor.
FORMULAS: Any = {
    **flop_registry,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: attention_flops,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: attention_backward_flops,
}
