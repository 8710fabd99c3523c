"""Record how well three small networks, and word counts, tell good from bad movie sentences.

The runs go into sentiment.csv beside the module largemodels.language.sentiment; the chapter
on attention shows them and repeats a part. A run that the file already holds is not
repeated. All of it takes about two minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import sentiment

NAMES, RESULTS = ["reader", "seed"], ["accuracy"]
READERS = [sentiment.COUNTS, sentiment.SAME, *sentiment.NETWORKS]


def main() -> None:
    """Train the readers that are asked for and missing, and write what each scores."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    for name, seed in record.missing(product(asked.readers, asked.seeds)):
        accuracy = f"{sentiment.score(name, seed):.4f}"
        record.add((name, seed), accuracy)
        print(name, seed, accuracy, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, sentiment.RECORDED)
    parser.add_argument("--readers", nargs="+", choices=READERS, default=READERS)
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=list(range(5)), help="of the splits")
    return parser.parse_args()


if __name__ == "__main__":
    main()
