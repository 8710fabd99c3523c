"""Looking into a real model's heads, and switching heads off.

Heads that look at the first place: Xiao and others (2023,
https://arxiv.org/abs/2309.17453). Induction heads: Olsson and others (2022,
https://arxiv.org/abs/2209.11895).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    import pandas as pd

Head = tuple[int, int]  # layer and head, both from 0
RECORDED = Path(__file__).with_name("heads.csv")
PERIOD = 20  # tokens, before the repeats repeat
PROSE = """The committee met on Tuesday to discuss the bridge. Rain had fallen for three days, \
and the river below it was higher than anyone could remember."""
FIRST = 1  # the token that SmolLM2 expects at the start of a text


def prose(tokenizer: Any) -> Tensor:
    """Return a plain sentence or two as tokens, (1, T)."""
    return torch.tensor([[FIRST, *tokenizer.encode(PROSE)]])


def repeats(rows: int = 4, seed: int = 0) -> Tensor:
    """Return rows of random tokens, each said twice, (rows, 1 + 2 * PERIOD)."""
    generator = torch.Generator().manual_seed(seed)
    once = torch.randint(1000, 40_000, (rows, PERIOD), generator=generator)
    return torch.cat([torch.full((rows, 1), FIRST), once, once], dim=1)


@torch.no_grad()
def patterns(model: Any, ids: Tensor) -> Tensor:
    """Return all weights of a Llama-like model: (layers, batch, heads, T, T).

    The model computes its weights in the open only as "eager"; this switches it there.
    """
    model.set_attn_implementation("eager")
    seen = model(ids, output_attentions=True).attentions
    return torch.stack(seen)


def to_first(weights: Tensor) -> Tensor:
    """Return each head's mean weight on the first place, (layers, heads)."""
    return weights[..., 1:, 0].mean(dim=(1, 3))


def to_previous(weights: Tensor) -> Tensor:
    """Return each head's mean weight on the place just before, (layers, heads)."""
    return weights.diagonal(-1, dim1=-2, dim2=-1)[..., 1:].mean(dim=(1, 3))


def to_continuation(weights: Tensor, period: int) -> Tensor:
    """Return each head's mean weight on what came after this token last time.

    After its first token, the text says `period` tokens twice; only the second time asks.
    Returns (layers, heads).
    """
    # place i looks at i - period + 1; the first token repeats nothing
    back = weights[..., 1:, 1:].diagonal(1 - period, dim1=-2, dim2=-1)
    return back[..., 1:].mean(dim=(1, 3))


Means = list[Tensor]  # for each layer (heads, d_head)


@torch.no_grad()
def mean_answers(model: Any, ids: Tensor) -> Means:
    """Return what each head answers on average, over all texts and places of `ids`."""
    means: Means = []
    with ExitStack() as stack:
        for layer in model.model.layers:
            d_head = layer.self_attn.head_dim
            listen = partial(note_mean, means, d_head)
            handle = layer.self_attn.o_proj.register_forward_pre_hook(listen)
            stack.callback(handle.remove)
        model(ids)
    return means


def note_mean(means: Means, d_head: int, _: nn.Module, inputs: tuple[Tensor]) -> None:
    """Append the mean of a layer's joined answers."""
    means.append(inputs[0].unflatten(-1, (-1, d_head)).mean(dim=(0, 1)))


@contextmanager
def without(
    model: Any,
    heads: Iterable[Head],
    means: Means | None = None,
) -> Iterator[None]:
    """Let these heads of a Llama-like model answer their mean, or zeros, inside `with`."""
    off: dict[int, list[int]] = {}
    for layer, head in heads:
        off.setdefault(layer, []).append(head)
    with ExitStack() as stack:
        for layer, those in off.items():
            attention = model.model.layers[layer].self_attn
            said = torch.zeros(()) if means is None else means[layer][those]
            hook = silence(those, attention.head_dim, said)
            handle = attention.o_proj.register_forward_pre_hook(hook)
            stack.callback(handle.remove)
        yield


def silence(heads: list[int], d_head: int, said: Tensor) -> Any:
    """Return a hook that sets these heads' part of the joined answers to `said`."""

    def hook(_: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        # (batch, T, heads, d_head)
        joined = inputs[0].unflatten(-1, (-1, d_head)).clone()
        joined[..., heads, :] = said
        return (joined.flatten(-2),)

    return hook


def losses(model: Any, repeats: Tensor, prose: Tensor) -> tuple[float, float]:
    """Return the mean loss on what the repeats say again, and on prose."""
    again = surprises(model, repeats)[:, PERIOD + 1 :]  # the first can't be known
    return again.mean().item(), surprises(model, prose).mean().item()


@torch.no_grad()
def surprises(model: Any, ids: Tensor) -> Tensor:
    """Return the loss at each token after the first, (batch, T - 1)."""
    logits = model(ids).logits[:, :-1]  # (batch, T - 1, vocabulary)
    return F.cross_entropy(logits.mT, ids[:, 1:], reduction="none")


def recorded() -> pd.DataFrame:
    """Return the record: layer, head, where it looks, loss of repeats without it."""
    import pandas as pd

    return pd.read_csv(RECORDED)
