"""Readers of phone books, how each is trained, and how well each looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.foundations.fitting import accuracy, train
from largemodels.language.bottleneck import Additive, Attentive, Bottleneck, General
from largemodels.language.lookup import lessons, phone_books
from largemodels.language.positions import Learned, Sinusoidal, rotary
from largemodels.language.self_reader import SelfReader, TorchReader

if TYPE_CHECKING:
    import pandas as pd

RECORDED = Path(__file__).with_name("recall.csv")
SIZES = (1, 2, 4, 8, 16, 24)  # entries of the books in the exam


@dataclass(frozen=True)
class Plan:
    """What to build; how many steps to train it, and on books of how many entries.

    The learning rate rises to `rate` during the first `warmup` steps.
    """

    make: Callable[[], nn.Module]
    steps: int = 300
    most: int = 16
    rate: float = 5e-3
    warmup: int = 1


def rootless(x: Tensor) -> Tensor:
    """Turn queries or keys, and undo half of the division by the root of d."""
    return rotary(x) * x.shape[-1] ** 0.25


def unit(make: Callable[[], SelfReader]) -> SelfReader:
    """Build a reader whose queries and keys start with a variance of 1."""
    reader = make()
    for name, weight in reader.named_parameters():
        if name.endswith(("query.weight", "key.weight")):
            nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    return reader


short = partial(Plan, steps=200, most=8)
deep = partial(Plan, steps=400, most=8, rate=2e-3)
two_layers = partial(SelfReader, 32, 2)
READERS = {
    "one vector": Plan(lambda: Bottleneck(64)),
    "one vector, 4 × the steps": Plan(lambda: Bottleneck(64), steps=1200),
    "one vector, 4 × the width": Plan(lambda: Bottleneck(256), steps=400),
    "one vector, books of two": Plan(lambda: Bottleneck(64), steps=1600, most=2),
    "looking back": Plan(lambda: Attentive(32, General(32))),
    "looking back, additive": Plan(lambda: Attentive(32, Additive(32))),
    "one layer": Plan(lambda: SelfReader(32, 1, turn=rotary)),
    "one layer, 8 heads, wide": Plan(lambda: SelfReader(128, 1, heads=8, turn=rotary)),
    "two layers": Plan(lambda: two_layers(turn=rotary)),
    "two layers, 4 heads": Plan(lambda: two_layers(heads=4, turn=rotary)),
    "no positions": short(lambda: two_layers()),
    "sines": short(lambda: two_layers(place=Sinusoidal())),
    "learned positions": short(lambda: two_layers(place=Learned(3 * SIZES[-1], 32))),
    "rotary": short(lambda: two_layers(turn=rotary)),
    "rotary, no mask": short(lambda: two_layers(turn=rotary, causal=False)),
    "no root": short(lambda: two_layers(turn=rootless)),
    "unit start": short(lambda: unit(lambda: two_layers(turn=rotary))),
    "unit start, no root": short(lambda: unit(lambda: two_layers(turn=rootless))),
    "unit start, no root, gently": Plan(lambda: unit(lambda: two_layers(turn=rootless)), steps=600, most=8, rate=1e-3),
    "12 blocks, pre-norm": deep(lambda: TorchReader(32, 12, norm_first=True)),
    "12 blocks, post-norm": deep(lambda: TorchReader(32, 12, norm_first=False)),
    "12 blocks, post-norm, warmup": deep(lambda: TorchReader(32, 12, norm_first=False), warmup=200),
}


def learn(name: str, seed: int) -> nn.Module:
    """Build the reader of that name and train it: 64 new books a step."""
    plan = READERS[name]
    torch.manual_seed(seed)
    reader = plan.make()
    books = lessons(plan.steps, plan.most, 64, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.Adam(reader.parameters(), plan.rate)
    train(reader, F.cross_entropy, optimizer, warming(optimizer, plan, books))
    return reader


def warming(
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    books: Iterable[tuple[Tensor, Tensor]],
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the books, and set the learning rate before each."""
    for step, batch in enumerate(books, start=1):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * min(1, step / plan.warmup)
        yield batch


def exam(entries: int) -> tuple[Tensor, Tensor]:
    """Return 250 books with so many entries, and the answers: the same at each call."""
    return phone_books(entries, 250, torch.Generator().manual_seed(entries))


def examine(reader: nn.Module) -> list[float]:
    """Return the share that a reader looks up rightly, for each size of SIZES."""
    return [accuracy(reader, *exam(entries)) for entries in SIZES]


def recorded() -> pd.DataFrame:
    """Return the recorded runs: reader, seed, entries, accuracy."""
    import pandas as pd

    return pd.read_csv(RECORDED)
