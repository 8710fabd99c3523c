"""The chapter's tasks: items whose answers can be checked, and others to take examples from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from largemodels.language.prompting import made
from largemodels.language.prompting.prompt import Item
from largemodels.language.prompting.task import Task, exact, same_json
from largemodels.language.snippets import load_ratings

HERE = Path(__file__).parent
SENTIMENTS = ("positive", "negative")


def sentiment(n: int = 100, spare: int = 40) -> Task:
    """Return movie sentences of 5 to 14 words, clearly rated, as many good as bad ones."""
    rated = _clear()
    half = (n + spare) // 2
    rows = [row for pair in zip(*(rated[label][:half] for label in SENTIMENTS), strict=True) for row in pair]
    return Task("sentiment", tuple(rows[:n]), tuple(rows[n:]), exact, labels=SENTIMENTS)


def _clear() -> dict[str, list[Item]]:
    """Return the sentences with a mean rating beyond 1.5, good and bad, in a fixed random order."""
    texts, ratings = load_ratings()
    found: dict[str, list[Item]] = {label: [] for label in SENTIMENTS}
    for i in np.random.default_rng(0).permutation(len(texts)):
        text, rating = texts[i], ratings[i]
        if abs(rating) > 1.5 and 5 <= len(text.split()) <= 14:
            label = SENTIMENTS[int(rating < 0)]
            found[label].append(Item({"text": text}, label))
    return found


def capitals(spare: int = 8) -> Task:
    """Return 60 countries and their capital cities."""
    return _pairs("capitals", spare)


def antonyms(spare: int = 8) -> Task:
    """Return 60 words and their opposites."""
    return _pairs("antonyms", spare)


def _pairs(name: str, spare: int) -> Task:
    rows = pd.read_csv(HERE / f"{name}.csv")
    items = [Item({rows.columns[0]: a}, b) for a, b in rows.itertuples(index=False, name=None)]
    return Task(name, tuple(items[spare:]), tuple(items[:spare]), exact)


def orders(n: int = 50, spare: int = 4) -> Task:
    """Return orders in plain words, each to be turned into JSON with four fields."""
    items = made.orders(n + spare)
    return Task("orders", items[spare:], items[:spare], same_json, tokens=60, stop="\n\n")


def stories(style: str = "answer", n: int = 40, spare: int = 8) -> Task:
    """Return word problems of three steps; the examples' answers are in one of made.STYLES."""
    return _steps("stories", made.stories(n + spare, style), spare, {"answer": 10}.get(style, 70))


def sums(style: str = "answer", n: int = 40, spare: int = 8) -> Task:
    """Return sums of four digits."""
    return _steps("sums", made.sums(n + spare, style), spare, {"answer": 10}.get(style, 50))


def picks(style: str = "answer", n: int = 60, spare: int = 8) -> Task:
    """Return questions of two steps: which of three words is meant, and what is its opposite?"""
    pairs = [(item.fields["word"], item.gold) for item in antonyms().items[:30]]
    return _steps("picks", made.picks(n + spare, pairs, style), spare, {"answer": 10}.get(style, 30))


def _steps(name: str, twice: made.Twice, spare: int, tokens: int) -> Task:
    items, worked = twice
    return Task(name, items[spare:], worked[:spare], made.says, tokens=tokens)


def longer(task: Task, tokens: int) -> Task:
    """Return the task with room for long answers, of several paragraphs."""
    return replace(task, tokens=tokens, stop=None)
