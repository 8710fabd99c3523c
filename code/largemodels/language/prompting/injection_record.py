"""Record what attacked reviews make the model answer, behind each layer of defense.

The answers go into injection.csv beside the module largemodels.language.prompting.injection;
the chapter on prompting shows them and repeats a part. What the file already holds is not
asked again, so the work may be done in pieces: five minutes on one core.
"""

from __future__ import annotations

import argparse
from itertools import product

import torch

from largemodels.core.record import Record, recorder, whole
from largemodels.language import smollm2
from largemodels.language.prompting import injection, tasks
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.task import Task

Run = tuple[str, str, str, int]  # layer, attack, goal, item
NAMES, RESULTS = ["layer", "attack", "goal", "item"], ["gold", "answer"]


def main() -> None:
    """Ask behind the layers that are asked for and missing; write the file after each."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    lm, task = LM(*smollm2.load()), tasks.sentiment()
    record = Record(asked.out, NAMES, RESULTS)
    for layer, attack in product(asked.layers, asked.attacks):
        missing = record.missing(runs(task, layer, attack, asked.reviews))
        if missing:
            for run, answer in zip(missing, answers(lm, task, missing), strict=True):
                record.add(run, task.items[run[3]].gold, answer)
            print(layer, attack, sep="\t", flush=True)


def runs(task: Task, layer: str, attack: str, n: int) -> list[Run]:
    """Return each goal of an attack with each of the first n negative reviews.

    As they are, n positive ones are asked, too.
    """
    golds = task.labels if attack == "nothing" else ["negative"]
    goals = list(injection.GOALS) if "{goal}" in injection.ATTACKS[attack] else [""]
    return [(layer, attack, goal, i) for goal in goals for gold in golds for i in _places(task, gold)[:n]]


def answers(lm: LM, task: Task, asked: list[Run]) -> list[str]:
    """Return what the model says in runs behind one layer."""
    texts = [task.items[i].fields["text"] for *_, i in asked]
    pairs = zip(texts, asked, strict=True)
    reviews = [injection.attacked(text, attack, goal) for text, (_, attack, goal, _) in pairs]
    return injection.ask(lm, injection.LAYERS[asked[0][0]], reviews)


def _places(task: Task, gold: str) -> list[int]:
    return [i for i, item in enumerate(task.items) if item.gold == gold]


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, injection.RECORDED)
    parser.add_argument("--layers", nargs="+", choices=injection.LAYERS, default=list(injection.LAYERS))
    parser.add_argument("--attacks", nargs="+", choices=injection.ATTACKS, default=list(injection.ATTACKS))
    parser.add_argument("--reviews", type=whole(1, 50), default=12, help="negative ones, each with each attack")
    return parser.parse_args()


if __name__ == "__main__":
    main()
