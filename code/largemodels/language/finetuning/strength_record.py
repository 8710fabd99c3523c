"""Record what the shipped adapter does at a part of its strength.

The results go into strength.csv beside the module largemodels.language.finetuning.strength;
the chapter on fine-tuning shows them and repeats both ends. What the file already holds is
not repeated. A strength takes some twenty-five seconds on one core.
"""

from __future__ import annotations

import argparse

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import smollm2
from largemodels.language.finetuning import routing, strength

NAMES, RESULTS = ["strength", "exam"], ["known", "new", "bits", "named", "ended"]


def main() -> None:
    """Examine at the strengths that are asked for and missing."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    missing = record.missing((part, asked.exam) for part in asked.strengths)
    if missing:
        model, tokenizer = smollm2.load()
        routing.adapt(model)
    for part, exam in missing:
        strength.turn(model, part)
        results = strength.examine(model, tokenizer, exam)
        record.add((part, exam), *results)
        print(part, exam, *results, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, strength.RECORDED)
    every = list(strength.STRENGTHS)
    parser.add_argument("--strengths", nargs="+", type=float, choices=every, default=every)
    parser.add_argument("--exam", type=whole(1, 1000), default=strength.EXAM, help="items of each phrasing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
