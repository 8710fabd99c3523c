"""Record how frozen features and counted words compare, from 50 labels to 2,000.

The shares of 1,500 other sentences that are sorted rightly, for ten random splits each, go
into frozen.csv beside the module largemodels.language.frozen; the chapter on pre-training
shows them and repeats a part. A split that the file already holds is not repeated. All of
it takes a minute on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import frozen

LABELS, SEEDS = [50, 200, 500, 2000], list(range(10))


def main() -> None:
    """Compare for each number of labels and each split that is asked for and missing."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, frozen.COLUMNS[:2], frozen.COLUMNS[2:])
    missing = record.missing(product(asked.labels, asked.seeds))
    if missing:
        sentences = frozen.load_sentences()
    for n, seed in missing:
        right = [f"{share:.4f}" for share in frozen.compare(sentences, n, seed)]
        record.add((n, seed), *right)
        print(n, seed, *right, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, frozen.RECORDED)
    parser.add_argument("--labels", nargs="+", type=whole(10, 2000), default=LABELS, help="10 to 2000")
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=SEEDS, help="of the splits")
    return parser.parse_args()


if __name__ == "__main__":
    main()
