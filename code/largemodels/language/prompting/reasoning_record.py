"""Record what a model answers to questions of several steps, with and without the steps.

The answers go into reasoning.csv beside the module largemodels.language.prompting.reasoning;
the chapter on prompting shows them and repeats a part. What the file already holds is not
asked again, so the work may be done in pieces: five minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import torch

from largemodels.core.record import Record, recorder
from largemodels.language import smollm2
from largemodels.language.prompting import reasoning
from largemodels.language.prompting.evaluation import evaluate
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.made import read_answer
from largemodels.language.prompting.writing import Decoding

Run = tuple[str, str, int]  # task, way, seed
NAMES, RESULTS = ["task", "way", "seed", "item"], ["gold", "answer"]


def main() -> None:
    """Do the runs that are asked for and missing; write the file after each."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    lm, record = LM(*smollm2.load()), Record(asked.out, NAMES, RESULTS)
    for run in runs():
        if asked.runs and "/".join(map(str, run)) not in asked.runs:
            continue
        prompt, task = reasoning.prepare(*run[:2])
        missing = record.missing((*run, i) for i in range(len(task.items)))
        if missing:
            decoding = Decoding(temperature=reasoning.TEMPERATURE if run[2] else 0.0, seed=run[2])
            said = [read_answer(answer) for answer in evaluate(lm, prompt, task, decoding).answers]
            for one in missing:
                record.add(one, task.items[one[3]].gold, said[one[3]])
            print(*run, sep="\t", flush=True)


def runs() -> Iterator[Run]:
    """Yield each way once, greedy (seed 0), then the samples."""
    for name, ways in reasoning.WAYS.items():
        yield from ((name, way, 0) for way in ways)
    for name in reasoning.SAMPLED:
        yield from ((name, "steps", seed) for seed in range(1, reasoning.SAMPLES + 1))


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, reasoning.RECORDED)
    parser.add_argument("--runs", nargs="+", help="task/way/seed of each, such as picks/steps/0; otherwise all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
