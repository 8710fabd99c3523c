# /// script
# requires-python = ">=3.11"
# dependencies = ["largemodels[language]"]
# ///
"""Make the policy that the book's reinforcement learning begins with: it half knows sums.

Writes reasoning_base.safetensors into the folder --out. A tiny GPT imitates answers of
which three in ten write the running sum and the others the result at once, until half of
its own running sums come out right: 900 steps, some 20 seconds on one core. The result
is the same, bit for bit, on one machine.

  python reasoning.py --out made            all of it
  python reasoning.py --out made --short    5 steps, to try the script
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Generator

from largemodels.core.record import make_folder
from largemodels.language import checkpoint
from largemodels.language.gpt import GPT
from largemodels.language.reasoning import (
    ALPHABET,
    CONFIG,
    demonstrate,
    imitate,
    measure,
    questions,
    stepwise,
)

NAME = "reasoning_base.safetensors"
SEED = 0
SHARE = 0.3  # of the demonstrations write the running sum
RATE, WARMUP, BATCH = 4e-3, 50, 64
MOST, EVERY, SHORT = 1500, 50, 5  # steps; between looks; of a short run
ENOUGH = 0.5  # of the model's own running sums are right


def main() -> None:
    """Imitate until enough is learned, and write the weights."""
    asked = arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    make_folder(asked.out)
    torch.manual_seed(SEED)
    model = GPT(CONFIG)
    steps = learn(model, SHORT if asked.short else MOST)
    found = measure(model)
    for name, value in found.items():
        print(f"{name}: {value:.3f}")
    if not asked.short and stepwise(model) < 0.9 * ENOUGH:
        sys.exit(f"{MOST} steps were not enough; nothing is written.")
    write(model, steps, asked.out / NAME)


def learn(model: GPT, most: int) -> int:
    """Imitate for that many steps at most; return how many it took."""
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.95))
    generator = Generator().manual_seed(SEED)
    for step in range(1, most + 1):
        optimizer.param_groups[0]["lr"] = RATE * min(1, step / WARMUP)
        asked = questions(BATCH, generator)
        loss = imitate(model, asked, demonstrate(asked, SHARE, generator))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % EVERY == 0:
            right = stepwise(model, n=100, k=4)
            print(f"step {step}: of its running sums, {right:.2f} are right", flush=True)
            if right > ENOUGH:
                return step
    return most


def write(model: GPT, steps: int, path: Path) -> None:
    """Write the weights and say what they are."""
    config = asdict(model.config)
    facts = {"config": config, "alphabet": ALPHABET, "seed": SEED, "steps": steps}
    print(f"{path.name}: {checkpoint.save(model, facts, path)}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--short", action="store_true", help="5 steps, to try the script")
    return parser.parse_args()


if __name__ == "__main__":
    main()
