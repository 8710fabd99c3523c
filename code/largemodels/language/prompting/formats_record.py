"""Record the JSON that a model writes, asked in several ways, free and bound to a pattern.

The answers go into formats.csv beside the module largemodels.language.prompting.formats;
the chapter on prompting shows them and repeats a part. What the file already holds is not
asked again, so the work may be done in pieces: three minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import smollm2
from largemodels.language.prompting import formats
from largemodels.language.prompting.evaluation import evaluate
from largemodels.language.prompting.lm import LM

NAMES, RESULTS = ["prompt", "decoding", "item"], ["gold", "answer"]


def main() -> None:
    """Ask in the ways that are asked for and missing; write the file after each."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    lm, task = LM(*smollm2.load()), formats.load_task(asked.items)
    record, prompts = Record(asked.out, NAMES, RESULTS), formats.prompts(task)
    for decoding, name in product(asked.decodings, asked.prompts):
        missing = record.missing((name, decoding, i) for i in range(asked.items))
        if missing:
            result = evaluate(lm, prompts[name], task, formats.decoding_of(lm, prompts[name], decoding))
            for run in missing:
                record.add(run, task.items[run[2]].gold, result.answers[run[2]])
            print(name, decoding, sep="\t", flush=True)


def _arguments() -> argparse.Namespace:
    names = list(formats.prompts(formats.load_task()))
    parser = recorder(__doc__, formats.RECORDED)
    parser.add_argument("--prompts", nargs="+", choices=names, default=names)
    parser.add_argument("--decodings", nargs="+", choices=["free", "bound"], default=["free", "bound"])
    parser.add_argument("--items", type=whole(1, 50), default=formats.N_ITEMS, help="orders, from the first on")
    return parser.parse_args()


if __name__ == "__main__":
    main()
