"""Sentences from movie reviews, each with the mean of its readers' ratings, from -4 to 4.

Rated by Hutto and Gilbert (2014, https://doi.org/10.1609/icwsm.v8i1.14550), who name the
reviews of Pang and Lee (2004, https://aclanthology.org/P04-1035/) as their source.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from largemodels.core import store

FILE = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
PADDING, UNKNOWN = 0, 1


def load_snippets() -> tuple[list[str], Tensor]:
    """Return the sentences and their labels: 1 where the mean rating is above 0, else 0."""
    texts, ratings = load_ratings()
    return texts, (torch.tensor(ratings) > 0).long()


def load_ratings() -> tuple[list[str], list[float]]:
    """Return the sentences and their mean ratings."""
    archive = store.path("movie-snippets") / "hutto_ICWSM_2014.tar.gz"
    with tarfile.open(archive) as tar:
        file = tar.extractfile(FILE)
        assert file is not None  # the store has checked the archive
        rows = [line.split("\t") for line in io.TextIOWrapper(file, "utf-8")]
    return [text.strip() for _, _, text in rows], [float(rating) for _, rating, _ in rows]


def words(text: str) -> list[str]:
    """Cut a sentence into lower-case words and punctuation."""
    return re.findall(r"[a-z']+|[0-9]+|[^\sa-z0-9]", text.lower())


def vocabulary(texts: Sequence[str], size: int) -> dict[str, int]:
    """Number the most frequent words from 2 on; 0 is padding, 1 a word that is not in it."""
    counts = Counter(word for text in texts for word in words(text))
    return {word: i for i, (word, _) in enumerate(counts.most_common(size - 2), start=2)}


def encode(texts: Sequence[str], numbers: dict[str, int], longest: int) -> Tensor:
    """Return (n, longest): each sentence's words as numbers, cut or padded at the end."""
    rows = torch.full((len(texts), longest), PADDING)
    for row, text in zip(rows, texts, strict=True):
        ids = [numbers.get(word, UNKNOWN) for word in words(text)[:longest]]
        row[: len(ids)] = torch.tensor(ids)
    return rows
