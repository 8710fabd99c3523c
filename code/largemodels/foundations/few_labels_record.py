"""Record how well digits are read after n labels of each, learned in five ways.

The runs, and nothing that depends on the machine, go into few_labels.csv beside the module
largemodels.foundations.few_labels; the chapter on transfer shows them and repeats a part.

A run that the file already holds is not repeated, so the work may be done in pieces. All of
it takes about fourteen minutes on one core, each seed a quarter of that.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from largemodels.foundations import few_labels
from largemodels.foundations.efficientnet import EfficientNetLite0, load

Run = tuple[str, int, int, int]  # way, n, seed, steps
COLUMNS = ["way", "n", "seed", "steps", "accuracy"]
LABELS = [1, 5, 20, 100, 400]
LONGER = ("from scratch", 20, 400)  # a control: would more steps help it?


def main() -> None:
    """Do the runs that are asked for and missing, and write the file after each."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    done = _read(asked.out)
    for run in _runs(asked.ways, asked.labels, asked.seeds):
        if run not in done:
            done[run] = f"{_accuracy(*run):.3f}"
            print(*run, done[run], sep="\t", flush=True)
            _write(asked.out, done)


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


def _read(path: Path) -> dict[Run, str]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(r["way"], int(r["n"]), int(r["seed"]), int(r["steps"])): r["accuracy"] for r in rows}


def _write(path: Path, done: dict[Run, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([*run, done[run]] for run in sorted(done))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="+", choices=few_labels.WAYS, default=list(few_labels.WAYS))
    parser.add_argument("--labels", nargs="+", type=_labels, default=LABELS, help="of each digit, 1 to 400")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=few_labels.RECORDED, help="the file to complete")
    return parser.parse_args()


def _labels(text: str) -> int:
    n = int(text)
    if not 1 <= n <= 400:
        raise argparse.ArgumentTypeError(f"{n} labels of each digit can't be had; ask for 1 to 400.")
    return n


if __name__ == "__main__":
    main()
