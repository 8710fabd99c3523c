"""Record how well SmolLM2's upper layers learn to route messages at several ranks.

LoRA goes into every linear layer from layer 20 on; the twenty below are frozen, so what
they make of a text is worked out once a seed. Alpha is twice the rank, as is usual,
and also the same for all: under Adam the first makes a higher rank learn faster.

The runs go into ranks.csv beside the module largemodels.language.finetuning.ranks; one
that the file holds is not repeated. A run takes about a minute on one core. With
--steps 2 --exam 4: to see that it runs.
"""

from __future__ import annotations

import argparse

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language.finetuning import ranks

NAMES = ["rank", "alpha", "seed", "steps", "exam"]
RESULTS = ["learning", "loss", "known", "new"]


def main() -> None:
    """Do the runs that are asked for and missing, and write each as it ends."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    for run in record.missing(runs(asked)):
        results = ranks.perform(*run)
        record.add(run, *results)
        print(*run, *results, sep="\t", flush=True)


def runs(asked: argparse.Namespace) -> list[tuple[int, ...]]:
    """Return the runs that are asked for, seed by seed."""
    return [
        (rank, alpha, seed, asked.steps, asked.exam)
        for seed in asked.seeds
        for rank in asked.ranks
        for alpha in sorted({2 * rank, ranks.SAME})
    ]


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, ranks.RECORDED)
    parser.add_argument("--ranks", nargs="+", type=whole(1, 64), default=[1, 4, 16])
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3])
    parser.add_argument("--steps", type=whole(1, ranks.TRAINING // 4), default=60)
    parser.add_argument("--exam", type=whole(1, 1000), default=60, help="items of each phrasing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
