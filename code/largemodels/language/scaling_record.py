"""Record how the loss of tiny GPTs falls with their size and with the text they read.

The runs, and nothing that depends on the machine, go into scaling.csv beside this module;
`largemodels.language.scaling` fits a law to them, the chapter on pre-training repeats one.

A run that the file already holds is not repeated, so the work may be done in pieces. All of
it takes six minutes on one core.
"""

from __future__ import annotations

import argparse

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import scaling

NAMES, RESULTS = scaling.COLUMNS[:-1], scaling.COLUMNS[-1:]


def main() -> None:
    """Do the runs that are asked for and missing, the cheapest first."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    for run in scaling.RUNS[: asked.first]:
        row = tuple(run.row())
        if record.missing([row]):
            loss = f"{scaling.loss_of(run):.4f}"
            record.add(row, loss)
            print(*row, loss, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, scaling.RECORDED)
    every = len(scaling.RUNS)
    parser.add_argument("--first", type=whole(1, every), default=every, help="the cheapest so many runs, 1 to 36")
    return parser.parse_args()


if __name__ == "__main__":
    main()
