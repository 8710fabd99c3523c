"""Record how well MiniLM sorts movie sentences after three ways of tuning it.

Frozen with a regression, LoRA of rank 8 in every linear layer, or all of it fine-tuned;
with 200 and 1,500 labels. The runs go into encoder.csv beside the module
largemodels.language.finetuning.encoder_runs; one that the file holds is not repeated. All
of it takes some twelve minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language.finetuning import encoder, encoder_runs

NAMES, RESULTS = ["way", "labels", "seed"], ["accuracy"]


def main() -> None:
    """Do the runs that are asked for and missing, and write each as it ends."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    triples = product(asked.labels, asked.seeds, asked.ways)
    for run in record.missing((way, labels, seed) for labels, seed, way in triples):
        accuracy = f"{encoder_runs.perform(*run):.3f}"
        record.add(run, accuracy)
        print(*run, accuracy, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, encoder_runs.RECORDED)
    every = list(encoder.WAYS)
    parser.add_argument("--ways", nargs="+", choices=every, default=every)
    sizes = sorted(encoder_runs.EPOCHS)
    parser.add_argument("--labels", nargs="+", type=whole(2, encoder_runs.LABELED), default=sizes)
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3])
    return parser.parse_args()


if __name__ == "__main__":
    main()
