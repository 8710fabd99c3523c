"""Record what few-shot prompts answer: numbers, orders and labels of their examples.

The margins, and nothing that depends on the machine, go into shots.csv beside the module
largemodels.language.prompting.shots; the chapter on prompting shows them and repeats a part.
A prompt that the file already holds is not asked again, so the work may be done in pieces:
nine minutes on one core.
"""

from __future__ import annotations

import argparse

import torch

from largemodels.core.record import recorder, whole
from largemodels.language import smollm2
from largemodels.language.prompting import shots, tasks
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.sweep import sweep

WAYS = {"order": shots.by_order, "number": shots.by_number, "label": shots.by_label}


def main() -> None:
    """Ask the prompts that are asked for and missing."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    task = tasks.sentiment()
    prompts = [named for seed in asked.seeds for what in asked.what for named in WAYS[what](task, seed)]
    sweep(LM(*smollm2.load()), task.only(range(shots.N_ITEMS)), prompts[: asked.first], asked.out)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, shots.RECORDED)
    parser.add_argument("--what", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seeds", nargs="+", type=whole(0, 10**6), default=[1, 2, 3, 4])
    parser.add_argument("--first", type=whole(1, 1000), help="this many prompts; otherwise all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
