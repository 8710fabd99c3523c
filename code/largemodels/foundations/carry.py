"""How far the features of each layer carry: pictograms sorted by what a layer sees.

`carry.csv` holds what `python -m largemodels.foundations.carry_record` has recorded,
for pictograms of three sizes.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from torch import Tensor

from largemodels.foundations.pictograms import split

RECORDED = Path(__file__).with_name("carry.csv")
LAYERS = ("stem", *(f"stage {number}" for number in range(1, 8)), "head")


def probe(features: Tensor, kinds: Tensor, n: int, seed: int, n_test: int = 8) -> float:
    """Return the share that logistic regression sorts rightly after n of each kind.

    Features are (images, channels), kinds (images,). Raises ValueError if a kind has
    fewer than n + n_test images.
    """
    from sklearn.linear_model import LogisticRegression

    train, test = split(kinds, n, n_test, seed)
    mean = features[train].mean(dim=0)  # (channels,)
    scale = (features[train] - mean).square().mean().sqrt()  # one for all channels
    z = ((features - mean) / scale).numpy()
    reader = LogisticRegression(C=0.1, max_iter=2000).fit(z[train], kinds[train])
    return float(reader.score(z[test], kinds[test]))


def recorded() -> pd.DataFrame:
    """Return the recorded runs: size, layer, n, seed, accuracy."""
    return pd.read_csv(RECORDED)
