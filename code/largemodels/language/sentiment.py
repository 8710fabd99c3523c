"""Three small classifiers told good from bad on movie sentences, and word counts beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.foundations.fitting import accuracy, minibatches, train
from largemodels.language.classifiers import TextCNN, TextRNN, TextTransformer
from largemodels.language.snippets import UNKNOWN, encode, load_snippets, vocabulary

if TYPE_CHECKING:
    import pandas as pd

RECORDED = Path(__file__).with_name("sentiment.csv")
VOCABULARY, LONGEST = 5000, 24  # words
NETWORKS = {"CNN": TextCNN, "RNN": TextRNN, "transformer": TextTransformer}
RATES = {"CNN": 4e-3, "RNN": 4e-3, "transformer": 2e-3}
COUNTS, SAME = "word counts", "word counts, same words"


class Split(NamedTuple):
    """Sentences to learn from and to be tested on, as texts, as word numbers, and labels."""

    train: list[str]
    test: list[str]
    X: Tensor  # (8000, LONGEST)
    y: Tensor  # (8000,)
    X_test: Tensor
    y_test: Tensor


def split(seed: int, n: int = 8000) -> Split:
    """Draw n sentences to learn from; test on all others. Only the first number the words."""
    texts, labels = load_snippets()
    order = torch.randperm(len(texts), generator=torch.Generator().manual_seed(seed))
    mine, others = order[:n], order[n:]
    train_texts, test_texts = ([texts[i] for i in some] for some in (mine, others))
    numbers = vocabulary(train_texts, VOCABULARY)
    X, X_test = (encode(some, numbers, LONGEST) for some in (train_texts, test_texts))
    return Split(train_texts, test_texts, X, labels[mine], X_test, labels[others])


def learn(name: str, data: Split, seed: int, epochs: int = 3) -> nn.Module:
    """Train the network of that name on the split."""
    torch.manual_seed(seed)
    network = NETWORKS[name](VOCABULARY)
    optimizer = torch.optim.AdamW(network.parameters(), RATES[name])
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        batches = minibatches(data.X, data.y, 64, generator)
        train(network, F.cross_entropy, optimizer, batches)
    return network


def count_words(data: Split) -> float:
    """Return the accuracy of a linear classifier on weighted counts of words and pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    X = counts.fit_transform(data.train)
    return linear_accuracy(X, counts.transform(data.test), data)


def count_same_words(data: Split) -> float:
    """Return the same for what the networks see: single known words, cut at LONGEST."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(analyzer=known_words, sublinear_tf=True)
    X = counts.fit_transform(data.X)
    return linear_accuracy(X, counts.transform(data.X_test), data)


def known_words(ids: Tensor) -> list[int]:
    """Return a sentence's word numbers, (LONGEST,), without padding and unknown words."""
    return [i for i in ids.tolist() if i > UNKNOWN]


def linear_accuracy(X: Any, X_test: Any, data: Split) -> float:
    """Return the accuracy of logistic regression on these features."""
    from sklearn.linear_model import LogisticRegression

    linear = LogisticRegression(C=3, max_iter=200).fit(X, data.y)
    return float(linear.score(X_test, data.y_test))


def score(name: str, seed: int) -> float:
    """Return the accuracy of the reader of that name on the split of that seed."""
    data = split(seed)
    if name in (COUNTS, SAME):
        return count_words(data) if name == COUNTS else count_same_words(data)
    return accuracy(learn(name, data, seed), data.X_test, data.y_test)


def recorded() -> pd.DataFrame:
    """Return the recorded runs: reader, seed, accuracy."""
    import pandas as pd

    return pd.read_csv(RECORDED)
