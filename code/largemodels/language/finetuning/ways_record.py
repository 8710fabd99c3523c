"""Record what five ways of fine-tuning gain on a task, and what they lose elsewhere.

The runs go into ways.csv beside the module largemodels.language.finetuning.ways; the
chapter on fine-tuning shows them and repeats a part.

A run that the file already holds is not repeated, so the work may be done in pieces: a
run takes two to four minutes on one core, all of them some two hours. With --steps 2 --exam 4:
to see that it runs. The three longer runs were asked for with
--ways "lora 2" --rates 0.004 --steps 80.
"""

from __future__ import annotations

import argparse
from itertools import product
from typing import Any

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import smollm2
from largemodels.language.finetuning import instruct, layers, routing, strength, ways

NAMES = ["way", "rate", "seed", "steps", "exam"]
RESULTS = ["learning", "loss", "known", "new", "bits", "named", "ended"]


def main() -> None:
    """Do the runs that are asked for and missing, and write each as it ends."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    rated = [(way, rate) for way in asked.ways for rate in asked.rates or ways.RATES[way]]
    runs = ((*pair, seed, asked.steps, asked.exam) for seed, pair in product(asked.seeds, rated))
    for run in record.missing(runs):
        results = perform(*run)
        record.add(run, *results)
        print(*run, *results, sep="\t", flush=True)


def perform(way: str, rate: float, seed: int, steps: int, exam: int) -> list[Any]:
    """Train once and return what RESULTS names."""
    model, tokenizer = smollm2.load()
    ways.prepare(model, tokenizer, way, seed)
    examples = routing.encode(tokenizer, routing.draw(steps * ways.BATCH, "known", seed))
    losses = instruct.train(model, examples, steps, rate, seed, ways.BATCH)
    return [layers.count_learning(model), f"{instruct.settled(losses):.3f}", *strength.examine(model, tokenizer, exam)]


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, ways.RECORDED)
    every = list(ways.RATES)
    parser.add_argument("--ways", nargs="+", choices=every, default=every)
    parser.add_argument("--rates", nargs="+", type=float, help="of AdamW; for each way some, unless told")
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3])
    parser.add_argument("--steps", type=whole(1, 1000), default=ways.STEPS)
    parser.add_argument("--exam", type=whole(1, 1000), default=ways.EXAM, help="items of each phrasing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
