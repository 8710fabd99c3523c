"""Movie sentences sorted by MiniLM after three ways of tuning it, with few labels and many."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import torch
from torch import Generator, Tensor

from largemodels.language.finetuning import encoder
from largemodels.language.snippets import load_snippets

RECORDED = Path(__file__).with_name("encoder.csv")
EXAM, LABELED = 500, 1500
EPOCHS = {200: 3, 1500: 1}


def perform(way: encoder.Way, labels: int, seed: int) -> float:
    """Return the share of the exam that is right after training on so many labels."""
    exam, pool = rows(seed)
    chosen = pool[:labels]
    if way == "frozen":
        return _frozen(chosen, exam)
    texts, answers = load_snippets()
    sorter = encoder.Sorter(way, seed)
    train, epochs = [texts[i] for i in chosen], EPOCHS.get(labels, 1)
    encoder.train(sorter, way, train, answers[chosen], epochs, seed)
    return encoder.accuracy(sorter, [texts[i] for i in exam], answers[exam])


def rows(seed: int) -> tuple[list[int], list[int]]:
    """Return the rows of the exam, the same for each seed, and those to learn from."""
    n = len(load_snippets()[0])
    order = torch.randperm(n, generator=Generator().manual_seed(0))
    exam, rest = order[:EXAM], order[EXAM:]
    pool = rest[torch.randperm(len(rest), generator=Generator().manual_seed(seed))]
    return exam.tolist(), pool[:LABELED].tolist()


def _frozen(chosen: list[int], exam: list[int]) -> float:
    from sklearn.linear_model import LogisticRegression

    _, answers = load_snippets()
    head = LogisticRegression(C=0.1, max_iter=3000)
    head.fit(_features(tuple(chosen)), answers[chosen])
    return float(head.score(_features(tuple(exam)), answers[exam]))


@cache
def _features(rows: tuple[int, ...]) -> Tensor:
    texts, _ = load_snippets()
    sorter = encoder.Sorter("frozen", 0)
    with torch.inference_mode():
        parts = torch.tensor(rows).split(32)
        return torch.cat([sorter.features([texts[i] for i in part]) for part in parts])


def recorded() -> pd.DataFrame:
    """Return the recorded runs, one a row."""
    return pd.read_csv(RECORDED)
