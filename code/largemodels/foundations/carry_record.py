"""Record how well each layer's features sort pictograms, for three sizes of the pictograms.

The runs, and nothing that depends on the machine, go into carry.csv beside the module
largemodels.foundations.carry; the chapter on transfer shows them and repeats a part.

The file is written after each size, and a run that it already holds is not repeated. All of
it takes about a minute on one core.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from itertools import product
from pathlib import Path

import torch

from largemodels.foundations import carry
from largemodels.foundations.efficientnet import load
from largemodels.foundations.pictograms import load_pictograms
from largemodels.foundations.reuse import stage_features

Run = tuple[int, str, int, int]  # size, layer, n, seed
COLUMNS = ["size", "layer", "n", "seed", "accuracy"]
SIZES = [64, 128, 224]  # the network was trained on 224 pixels a side
LABELS = [2, 5, 16]
SEEDS = list(range(10))


def main() -> None:
    """Do the runs that are asked for and missing, and write the file after each size."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    done = _read(asked.out)
    for size in asked.sizes:
        runs = product([size], carry.LAYERS, asked.labels, asked.seeds)
        missing = [run for run in runs if run not in done]
        if missing:
            done |= _accuracies(size, missing)
            _write(asked.out, done)
            print(f"{size} pixels: {len(missing)} runs", flush=True)


def _accuracies(size: int, runs: list[Run]) -> dict[Run, str]:
    drawn = load_pictograms(size)
    features = dict(zip(carry.LAYERS, stage_features(load(), drawn.images), strict=True))
    return {
        (size, layer, n, seed): f"{carry.probe(features[layer], drawn.kinds, n, seed):.4f}"
        for _, layer, n, seed in runs
    }


def _read(path: Path) -> dict[Run, str]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise SystemExit(f"{path} holds no runs of this kind; name another file with --out.")
        return {(int(r["size"]), r["layer"], int(r["n"]), int(r["seed"])): r["accuracy"] for r in reader}


def _write(path: Path, done: dict[Run, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([*run, done[run]] for run in sorted(done, key=_place))


def _place(run: Run) -> tuple[int, ...]:
    size, layer, n, seed = run
    return size, carry.LAYERS.index(layer), n, seed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    # 19 labels: the smallest kind has 27 pictograms, and 8 of them test.
    parser.add_argument("--sizes", nargs="+", type=_whole(32, 512), default=SIZES, help="in pixels, 32 to 512")
    parser.add_argument("--labels", nargs="+", type=_whole(1, 19), default=LABELS, help="of each kind, 1 to 19")
    parser.add_argument("--seeds", nargs="+", type=_whole(0, 10**6), default=SEEDS, help="of the splits, from 0")
    parser.add_argument("--out", type=_file, default=carry.RECORDED, help="the file to complete")
    return parser.parse_args()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} won't do; give a whole number from {low} to {high}.")
        return int(text)

    return read


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} can't be written; name a file in a folder that exists.")
    return path


if __name__ == "__main__":
    main()
