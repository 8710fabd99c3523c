"""Record what a model learns from labels with a mistake in them.

The runs go into spoiled.csv beside the module largemodels.language.finetuning.spoiled;
the chapter on fine-tuning shows them. One that the file holds is not repeated. A run
takes about a minute on one core. With --steps 2 --exam 4: to see that it runs.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language.finetuning import ranks, spoiled

NAMES = ["labels", "seed", "steps", "exam"]
RESULTS = ["loss", "exact", "lines", "stops", "tokens"]


def main() -> None:
    """Do the runs that are asked for and missing, and write each as it ends."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    pairs = product(asked.seeds, asked.labels)
    for run in record.missing((labels, seed, asked.steps, asked.exam) for seed, labels in pairs):
        results = spoiled.perform(*run)
        record.add(run, *results)
        print(*run, *results, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, spoiled.RECORDED)
    every = list(spoiled.LABELS)
    parser.add_argument("--labels", nargs="+", choices=every, default=every)
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3])
    parser.add_argument("--steps", type=whole(1, ranks.TRAINING // 4), default=60)
    parser.add_argument("--exam", type=whole(1, 1000), default=60, help="messages")
    return parser.parse_args()


if __name__ == "__main__":
    main()
