"""How far the frozen features of a pre-trained encoder carry, with few labels and with many.

Sentences from movie reviews are sorted into good and bad by a linear classifier: on
MiniLM's 384 numbers for a sentence, or on its words and pairs of words, counted (TF-IDF).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from largemodels.language import minilm
from largemodels.language.snippets import load_snippets

if TYPE_CHECKING:
    import pandas as pd

RECORDED = Path(__file__).with_name("frozen.csv")
COLUMNS = ["labels", "seed", "TF-IDF", "MiniLM"]
NEW = 1500  # sentences to be sorted


class Sentences(NamedTuple):
    """Texts, what MiniLM makes of them, and whether they are good."""

    texts: list[str]
    features: np.ndarray  # (texts, 384)
    labels: np.ndarray  # (texts,): 0 or 1


def load_sentences(n: int = 3500) -> Sentences:
    """Return n sentences drawn by chance, the same at each call, the shortest first."""
    texts, labels = load_snippets()
    drawn = np.random.default_rng(0).permutation(len(texts))[:n].tolist()
    drawn.sort(key=lambda i: len(texts[i]))  # like lengths together: little padding
    chosen = [texts[i] for i in drawn]
    return Sentences(chosen, minilm.embed(chosen).numpy(), labels[drawn].numpy())


def compare(sentences: Sentences, n: int, seed: int, new: int = NEW) -> tuple[float, float]:
    """Learn from n sentences; return how many of others TF-IDF and MiniLM sort rightly."""
    texts, features, labels = sentences
    order = np.random.default_rng(seed).permutation(len(texts))
    known, unknown = order[:n], order[n : n + new]
    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    counts.fit([texts[i] for i in known])
    right = []
    for X in (counts.transform(texts), features):
        linear = LogisticRegression(C=10, max_iter=1000).fit(X[known], labels[known])
        right.append(float(linear.score(X[unknown], labels[unknown])))
    return right[0], right[1]


def recorded() -> pd.DataFrame:
    """Return the recorded comparisons: labels, seed, TF-IDF, MiniLM."""
    import pandas as pd

    return pd.read_csv(RECORDED)
