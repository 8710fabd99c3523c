"""Record how every wording of largemodels.language.prompting.wordings judges every sentence.

The margins, and nothing that depends on the machine, go into wordings.csv beside the module;
the chapter on prompting shows them and repeats a part. A wording that the file already
holds is not asked again, so the work may be done in pieces: three minutes on one core.
"""

from __future__ import annotations

import argparse

import torch

from largemodels.core.record import recorder, whole
from largemodels.language import smollm2
from largemodels.language.prompting import tasks, wordings
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.sweep import sweep


def main() -> None:
    """Ask the wordings that are asked for and missing."""
    asked = _arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    all_of_them = wordings.load_wordings()[: asked.first]
    prompts = [({"family": family, "wording": i}, prompt) for i, (family, prompt) in enumerate(all_of_them)]
    sweep(LM(*smollm2.load()), tasks.sentiment(), prompts, asked.out)


def _arguments() -> argparse.Namespace:
    parser = recorder(__doc__, wordings.RECORDED)
    parser.add_argument("--first", type=whole(1, 1000), help="this many wordings; otherwise all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
