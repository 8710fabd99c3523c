"""Record, for each head of SmolLM2, where it looks and what its silence costs.

Columns: weight on the first token in prose, weight on the copied token in repeats; loss of
repeats with the head's answers set to zero, and set to their mean over other repeats.

The runs go into heads.csv beside the module largemodels.language.heads; the chapter on
attention shows them and repeats a part. A head that the file already holds is not repeated.
All of it takes some three minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import heads, smollm2

NAMES, RESULTS = ["layer", "head"], ["first", "copied", "zero", "mean"]
LAYERS, HEADS = 30, 9


def main() -> None:
    """Silence the heads that are asked for and missing, one at a time."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    record = Record(asked.out, NAMES, RESULTS)
    missing = record.missing(product(asked.layers, range(HEADS)))
    if not missing:
        return
    model, tokenizer = smollm2.load()
    prose, repeats = heads.prose(tokenizer), heads.repeats()
    first = heads.to_first(heads.patterns(model, prose))  # (layers, heads)
    copied = heads.to_continuation(heads.patterns(model, repeats), heads.PERIOD)
    means = heads.mean_answers(model, heads.repeats(seed=1))
    for head in missing:
        found = [first[head].item(), copied[head].item()]
        for said in (None, means):
            with heads.without(model, [head], said):
                found.append(heads.losses(model, repeats, prose)[0])
        record.add(head, *(f"{number:.4f}" for number in found))
        print(*head, *(f"{number:.2f}" for number in found), sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, heads.RECORDED)
    layers = list(range(LAYERS))
    parser.add_argument("--layers", nargs="+", type=whole(0, LAYERS - 1), default=layers, help="from 0")
    return parser.parse_args()


if __name__ == "__main__":
    main()
