"""Record how well each layer's features sort pictograms, for three sizes of the pictograms.

The runs, and nothing that depends on the machine, go into carry.csv beside the module
largemodels.foundations.carry; the chapter on transfer shows them and repeats a part.

The file is written after each size, and a run that it already holds is not repeated. All of
it takes about a minute on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.foundations import carry
from largemodels.foundations.efficientnet import load
from largemodels.foundations.pictograms import load_pictograms
from largemodels.foundations.reuse import stage_features

Run = tuple[int, str, int, int]  # size, layer, n, seed
COLUMNS = ["size", "layer", "n", "seed", "accuracy"]
SIZES = [64, 128, 224]  # the network was trained on 224 pixels a side
LABELS = [2, 5, 16]
SEEDS = list(range(10))


def main() -> None:
    """Do the runs that are asked for and missing, and write those of a size when they are done."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, COLUMNS[:4], COLUMNS[4:])
    for size in asked.sizes:
        missing = record.missing(product([size], carry.LAYERS, asked.labels, asked.seeds))
        if missing:
            for run, accuracy in _accuracies(size, missing):
                record.add(run, accuracy)
            print(f"{size} pixels: {len(missing)} runs", flush=True)


def _accuracies(size: int, runs: list[Run]) -> Iterator[tuple[Run, str]]:
    drawn = load_pictograms(size)
    features = dict(zip(carry.LAYERS, stage_features(load(), drawn.images), strict=True))
    for run in runs:
        _, layer, n, seed = run
        yield run, f"{carry.probe(features[layer], drawn.kinds, n, seed):.4f}"


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, carry.RECORDED)
    # 19 labels: the smallest kind has 27 pictograms, and 8 of them test.
    parser.add_argument("--sizes", nargs="+", type=whole(32, 512), default=SIZES, help="in pixels, 32 to 512")
    parser.add_argument("--labels", nargs="+", type=whole(1, 19), default=LABELS, help="of each kind, 1 to 19")
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=SEEDS, help="of the splits, from 0")
    return parser.parse_args()


if __name__ == "__main__":
    main()
