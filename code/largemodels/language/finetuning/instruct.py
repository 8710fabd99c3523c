"""Fine-tune a language model on conversations, and examine what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Generator, Tensor, nn

from largemodels.language.finetuning import chat
from largemodels.language.finetuning.chat import Example, Message
from largemodels.language.masking import IGNORED


def train(
    model: Any,
    examples: Sequence[Example],
    steps: int,
    lr: float,
    seed: int,
    batch: int = 4,
    last: int | None = None,
) -> list[float]:
    """Take AdamW steps on what may learn, as `fit` does, and return the losses."""
    pad = model.config.pad_token_id

    def loss(rows: list[int]) -> Tensor:
        return chat.answer_loss(model, chat.collate([examples[i] for i in rows], pad))

    rows = list(islice(shuffled(len(examples), batch, seed), steps))
    return fit(adamw(model, lr), loss, rows, last)


def adamw(model: nn.Module, lr: float) -> torch.optim.AdamW:
    """Return AdamW, without decay, for what may learn."""
    learning = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(learning, lr=lr, weight_decay=0.0)


def fit(
    optimizer: torch.optim.Optimizer,
    loss: Callable[[list[int]], Tensor],
    batches: Sequence[list[int]],
    last: int | None = None,
) -> list[float]:
    """Take a step for each batch at a falling rate; return the losses.

    The rate would reach 0 after `last` steps: after all of these, unless told, and later
    where only the start of a longer run is repeated. Dropout is on if the caller has
    called the model's train().
    """
    total = last or len(batches)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total)
    losses = []
    for rows in batches:
        optimizer.zero_grad()
        value = loss(rows)
        value.backward()
        optimizer.step()
        falling.step()
        losses.append(value.item())
    return losses


def settled(losses: Sequence[float]) -> float:
    """Return the mean of the last ten losses, or of all where there are fewer."""
    last = losses[-10:]
    return sum(last) / len(last)


def shuffled(n: int, batch: int, seed: int) -> Iterator[list[int]]:
    """Yield batches of row numbers without end, each row once a round."""
    generator = Generator().manual_seed(seed)
    while True:
        order = torch.randperm(n, generator=generator)
        full = order[: n - n % batch]  # the rest waits for the next round
        yield from full.view(-1, batch).tolist()


def exact(model: Any, examples: Sequence[Example], batch: int = 10) -> Tensor:
    """Return for each example whether greedy decoding would give its very answer.

    It would just when, after each right token, the next right one has the highest
    score: so one pass over prompt and answer tells what generating would.
    """
    return torch.stack([hits.all() for hits in foretold(model, examples, batch)])


@torch.inference_mode()
def foretold(model: Any, examples: Sequence[Example], batch: int = 10) -> list[Tensor]:
    """Return for each example which labeled tokens have the highest score, (labels,)."""
    hits: list[Tensor] = []
    for i in range(0, len(examples), batch):
        some = chat.collate(examples[i : i + batch], model.config.pad_token_id)
        logits, labels = chat.answer_logits(model, some)
        counts = (some.labels[:, 1:] != IGNORED).sum(1)  # labels of each example
        hits += (logits.argmax(-1) == labels).split(counts.tolist())
    return hits


@torch.inference_mode()
def answer(
    model: Any,
    tokenizer: Any,
    conversations: Sequence[Sequence[Message]],
    longest: int,
    batch: int = 20,
) -> list[str]:
    """Return what the model says to each conversation by greedy decoding, end included.

    An answer of `longest` tokens without <|im_end|> was cut off.
    """
    prompts = [chat.prompt(tokenizer, c) for c in conversations]
    texts: list[str] = []
    for i in range(0, len(prompts), batch):
        ids, mask = _pad_left(prompts[i : i + batch], model.config.pad_token_id)
        out = model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=longest,
            do_sample=False,
        )
        texts += [_until_end(tokenizer.decode(row)) for row in out[:, ids.shape[1] :]]
    return texts


def _pad_left(prompts: Sequence[list[int]], pad: int) -> tuple[Tensor, Tensor]:
    longest = max(map(len, prompts))
    ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    return ids, mask


def _until_end(text: str) -> str:
    head, end, _ = text.partition("<|im_end|>")
    return head + end
