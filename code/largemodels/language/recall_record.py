"""Record how well each reader of phone books looks up, over several seeds.

The runs, and nothing that depends on the machine, go into recall.csv beside the module
largemodels.language.recall; the chapter on attention shows them and repeats a part.

A run that the file already holds is not repeated, so the work may be done in pieces. All of
it takes about four minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import recall

NAMES, RESULTS = ["reader", "seed", "entries"], ["accuracy"]
SEEDS = list(range(5))


def main() -> None:
    """Train the readers that are asked for and missing, and write what each knows."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    for name, seed in product(asked.readers, asked.seeds):
        runs = [(name, seed, entries) for entries in recall.SIZES]
        missing = record.missing(runs)
        if missing:
            shares = dict(zip(runs, recall.examine(recall.learn(name, seed)), strict=True))
            for run in missing:
                record.add(run, f"{shares[run]:.4f}")
            print(name, seed, *(f"{share:.2f}" for share in shares.values()), sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, recall.RECORDED)
    every = list(recall.READERS)
    parser.add_argument("--readers", nargs="+", choices=every, default=every, metavar="NAME", help="; ".join(every))
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=SEEDS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
