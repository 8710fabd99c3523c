"""Record how well digits are read after n labels of each, learned in five ways.

The runs, and nothing that depends on the machine, go into few_labels.csv beside the module
largemodels.foundations.few_labels; the chapter on transfer shows them and repeats a part.

A run that the file already holds is not repeated, so the work may be done in pieces. All of
it takes about fourteen minutes on one core, each seed a quarter of that.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor

from largemodels.core.record import Record, recorder, whole
from largemodels.foundations import few_labels
from largemodels.foundations.efficientnet import EfficientNetLite0, load

Run = tuple[str, int, int, int]  # way, n, seed, steps
COLUMNS = ["way", "n", "seed", "steps", "accuracy"]
LABELS = [1, 5, 20, 100, 400]
LONGER = ("from scratch", 20, 400)  # a control: would more steps help it?


def main() -> None:
    """Do the runs that are asked for and missing, and write each when it is done."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, COLUMNS[:4], COLUMNS[4:])
    for run in record.missing(_runs(asked.ways, asked.labels, asked.seeds)):
        accuracy = f"{_accuracy(*run):.3f}"
        record.add(run, accuracy)
        print(*run, accuracy, sep="\t", flush=True)


def _runs(ways: list[str], labels: list[int], seeds: list[int]) -> Iterator[Run]:
    for seed in seeds:
        for n in labels:
            for way in ways:
                yield way, n, seed, few_labels.steps_for(way, n)
        way, n, steps = LONGER
        if way in ways and n in labels:
            yield way, n, seed, steps


def _accuracy(way: str, n: int, seed: int, steps: int) -> float:
    network, images, digits = _material()
    if way == "frozen":
        return few_labels.frozen(_features(), digits, n, seed)
    return few_labels.trained(way, network, images, digits, n, seed, steps)


@cache
def _material() -> tuple[EfficientNetLite0, Tensor, Tensor]:
    return load(), *few_labels.load_digits()


@cache
def _features() -> Tensor:
    network, images, _ = _material()
    return few_labels.digit_features(network, images)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, few_labels.RECORDED)
    parser.add_argument("--ways", nargs="+", choices=few_labels.WAYS, default=list(few_labels.WAYS))
    parser.add_argument("--labels", nargs="+", type=whole(1, 400), default=LABELS, help="of each digit, 1 to 400")
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3, 4])
    return parser.parse_args()


if __name__ == "__main__":
    main()
