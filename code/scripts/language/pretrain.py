# /// script
# requires-python = ">=3.11"
# dependencies = ["largemodels[language]"]
# ///
"""Pre-train the small GPT that the book ships, on Shakespeare's plays, character by character.

Writes two files into the folder --out:

  shakespeare_gpt.safetensors  the weights, with the settings and the alphabet
  shakespeare_gpt.csv          the loss before each step; the validation loss now and then

3,300 steps take about six minutes on one core. The work may be done in pieces: with
--pause it stops after so many steps and leaves a file `shakespeare_gpt.resume`, from which
the next call goes on; the result is the same, bit for bit, on one machine.

  python pretrain.py --out made                 all of it
  python pretrain.py --out made --pause 1000    1,000 steps of it
  python pretrain.py --out made --short         a tiny model, 20 steps, to try the script
"""

from __future__ import annotations

import argparse
import csv
import pickle
import sys
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from largemodels.core.record import make_folder
from largemodels.core.store import StoreError
from largemodels.language import checkpoint
from largemodels.language.gpt import GPT, llama
from largemodels.language.pretraining import Plan, Pretraining, validate
from largemodels.language.texts import Characters, load_shakespeare

NAME = "shakespeare_gpt"
SEED = 0
PLAN = Plan(steps=3300, batch=8, length=128, rate=3e-3, warmup=50, decay=0.1)
SHORT = replace(PLAN, steps=20, batch=4, length=32, warmup=5)
EVERY = 100  # steps between validations
WINDOWS = 256  # of the validation text, on the way; in the end all of it


def main() -> None:
    """Train, as long as is asked for, and write what there is."""
    asked = arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    make_folder(asked.out)
    try:
        job = Job(load_shakespeare(), asked.out, asked.short)
    except (StoreError, StoppedRunError) as error:
        sys.exit(str(error))
    if job.go_on(asked.pause):
        job.finish()
    else:
        job.stop()


class StoppedRunError(Exception):
    """A run that was stopped can't be taken up."""


class Job:
    """A run, the rows of its table, and the folder that both go to."""

    def __init__(self, texts: tuple[str, str], out: Path, short: bool) -> None:
        self.alphabet, self.out = Characters.of(*texts), out
        train, self.held_out = map(self.alphabet.encode, texts)
        self.every = EVERY // 10 if short else EVERY
        self.run, self.rows = start(train, len(self.alphabet), short), []
        if self.resume.exists():
            self.take_up()

    @property
    def resume(self) -> Path:
        """Return where a run that was stopped is kept."""
        return self.out / f"{NAME}.resume"

    def take_up(self) -> None:
        """Go on from where a run was stopped; raise StoppedRunError if it is another's."""
        try:
            state = torch.load(self.resume, weights_only=True)
        except (RuntimeError, pickle.UnpicklingError, EOFError):
            state = {}
        if state.get("plan") != asdict(self.run.plan):
            raise StoppedRunError(
                f"{self.resume} holds no run of this plan: use the options that it was "
                "begun with, or remove the file to begin anew."
            )
        self.run.load_state_dict(state["run"])
        self.rows = state["rows"]

    def go_on(self, most: int) -> bool:
        """Take that many steps at most; return whether the plan is done."""
        for _ in range(min(most, self.run.plan.steps - len(self.rows))):
            step, validation = len(self.rows), ""
            if step % self.every == 0:
                validation = f"{self.validate(WINDOWS):.4f}"
                print(f"step {step}: validation loss {validation}", flush=True)
            self.rows.append([step, f"{self.run.step():.4f}", validation])
        return len(self.rows) == self.run.plan.steps

    def validate(self, most: int = 10**9) -> float:
        """Return the validation loss on that many windows at most."""
        return validate(self.run.model, self.held_out, self.run.plan.length, most)

    def stop(self) -> None:
        """Keep the run for the next call."""
        plan, steps = asdict(self.run.plan), len(self.rows)
        state = {"plan": plan, "run": self.run.state_dict(), "rows": self.rows}
        torch.save(state, self.resume)
        print(f"Stopped after {steps} of {plan['steps']} steps; call again to go on.")

    def finish(self) -> None:
        """Write the weights and the table, and say what they are."""
        loss = self.validate()
        self.rows.append([len(self.rows), "", f"{self.validate(WINDOWS):.4f}"])
        facts = {
            "config": asdict(self.run.model.config),
            "plan": asdict(self.run.plan),
            "seed": SEED,
            "alphabet": self.alphabet.alphabet,
            "validation_loss": round(loss, 4),
        }
        weights = self.out / f"{NAME}.safetensors"
        digest = checkpoint.save(self.run.model, facts, weights)
        with weights.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
            table = [["step", "loss", "validation"], *self.rows]
            csv.writer(file, lineterminator="\n").writerows(table)
        self.resume.unlink(missing_ok=True)
        print(f"validation loss {loss:.4f} nats a character; {weights.name}: {digest}")


def start(train: Tensor, vocabulary: int, short: bool) -> Pretraining:
    """Return a new run."""
    plan = SHORT if short else PLAN
    sizes = (16, 1, 2) if short else (128, 4, 4)  # width, layers, heads
    torch.manual_seed(SEED)
    return Pretraining(GPT(llama(vocabulary, plan.length, *sizes)), train, plan, SEED)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument(
        "--pause",
        type=positive,
        default=PLAN.steps,
        metavar="STEPS",
        help="stop after so many",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="a tiny model and few steps, to try the script",
    )
    return parser.parse_args()


def positive(text: str) -> int:
    """Return a number of steps."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of steps; ask for 1 or more.")
    return int(text)


if __name__ == "__main__":
    main()
