"""Sort texts with MiniLM in three ways: frozen, with LoRA, or all of it fine-tuned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from largemodels.language import minilm
from largemodels.language.finetuning import instruct, lora

Way = Literal["frozen", "lora", "full"]
WAYS: tuple[Way, ...] = ("frozen", "lora", "full")
LINEAR = ("query", "key", "value", "dense")  # every linear layer of a BERT block
RATE = {"frozen": 0.0, "lora": 1e-3, "full": 1e-4}
HEAD_RATE = 1e-3
LONGEST = 32  # tokens; three snippets in ten are longer and are cut


class Sorter(nn.Module):
    """MiniLM, the mean of its token vectors, and a linear layer with two answers."""

    def __init__(self, way: Way, seed: int, r: int = 8) -> None:
        super().__init__()
        self.encoder, self.tokenizer = minilm.load()
        self.encoder.pooler = None  # not used by the mean
        self.encoder.requires_grad_(way == "full")
        if way == "lora":
            lora.inject(self.encoder, LINEAR, r, 2 * r, seed)
        self.head = nn.Linear(self.encoder.config.hidden_size, 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return (texts, 2)."""
        return self.head(self.features(texts))

    def features(self, texts: Sequence[str]) -> Tensor:
        """Return the mean token vector of each text, (texts, 384)."""
        tokens = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_tensors="pt",
        )
        return minilm.mean(self.encoder, tokens)


def train(
    sorter: Sorter,
    way: Way,
    texts: Sequence[str],
    labels: Tensor,
    epochs: int,
    seed: int,
    batch: int = 16,
) -> list[float]:
    """Take AdamW steps at falling rates; return the losses."""

    def loss(rows: list[int]) -> Tensor:
        return F.cross_entropy(sorter([texts[i] for i in rows]), labels[rows])

    rows = list(_batches(len(texts), batch, epochs, seed))
    return instruct.fit(_optimizer(sorter, way), loss, rows)


def _optimizer(sorter: Sorter, way: Way) -> torch.optim.AdamW:
    encoder = [p for p in sorter.encoder.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": encoder, "lr": RATE[way]},
        {"params": sorter.head.parameters(), "lr": HEAD_RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=0.01)


def _batches(n: int, size: int, epochs: int, seed: int) -> Iterator[list[int]]:
    generator = Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(n, generator=generator)
        yield from (rows.tolist() for rows in order.split(size))


@torch.inference_mode()
def accuracy(
    sorter: Sorter,
    texts: Sequence[str],
    labels: Tensor,
    batch: int = 32,
) -> float:
    """Return the share of texts that are sorted as labeled."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding
    right = 0
    for i in range(0, len(order), batch):
        rows = order[i : i + batch]
        right += int((sorter([texts[j] for j in rows]).argmax(1) == labels[rows]).sum())
    return right / len(texts)
