"""Record how many steps a training needs, by batch, rate and seed: some six minutes on one core.

python -m largemodels.scaling.batches_record                 complete the book's file
python -m largemodels.scaling.batches_record --out a.csv --batches 16 64 --seeds 1
"""

from __future__ import annotations

from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.scaling import batches


def main() -> None:
    """Run what the file does not hold yet."""
    parser = recorder(__doc__, batches.RECORDED)
    parser.add_argument("--batches", type=whole(1, 4096), nargs="+", default=batches.BATCHES)
    parser.add_argument("--rates", type=float, nargs="+", default=batches.RATES)
    parser.add_argument("--seeds", type=whole(1, 100), default=len(batches.SEEDS), help="how many")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    record = Record(asked.out, batches.COLUMNS[:3], batches.COLUMNS[3:])
    runs = product(asked.batches, asked.rates, range(asked.seeds))
    for run in record.missing(runs):
        record.add(run, batches.steps_to_target(*run))


if __name__ == "__main__":
    main()
