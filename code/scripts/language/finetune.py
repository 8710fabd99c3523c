# /// script
# requires-python = ">=3.11"
# dependencies = ["largemodels[language]"]
# ///
"""Fine-tune SmolLM2 on a shop's messages with LoRA, and keep the adapter that the book ships.

Writes two files into the folder --out:

  routing.safetensors  A and B of every linear layer, float16
  routing_losses.csv   the loss before each step

80 steps of four messages take about two and a half minutes on one core. The result is
the same, bit for bit, on one machine.

  python finetune.py --out made            all of it
  python finetune.py --out made --short    3 steps, to try the script
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from largemodels.core.record import make_folder
from largemodels.core.store import StoreError
from largemodels.language import smollm2
from largemodels.language.finetuning import instruct, lora, routing

SHORT = 3  # steps


def main() -> None:
    """Train, and write both files."""
    asked = arguments()
    torch.set_num_threads(1)  # more of them would add up in another order
    make_folder(asked.out)
    try:
        model, tokenizer = smollm2.load()
    except StoreError as error:
        sys.exit(str(error))
    losses = train(model, tokenizer, SHORT if asked.short else routing.STEPS)
    write_losses(losses, asked.out / routing.LOSSES.name)
    digest = write_adapter(model, asked.out / routing.ADAPTER.name)
    print(f"last loss {losses[-1]:.4f} nats a token; {routing.ADAPTER.name}: {digest}")


def train(model: Any, tokenizer: Any, steps: int) -> list[float]:
    """Give the model LoRA and take so many steps; return their losses."""
    lora.inject(model, routing.LAYERS, routing.RANK, routing.ALPHA, routing.SEED)
    items = routing.draw(routing.TRAINING, "known", routing.SEED)
    examples = routing.encode(tokenizer, items)
    return instruct.train(model, examples, steps, routing.RATE, routing.SEED, last=routing.STEPS)


def write_adapter(model: Any, path: Path) -> str:
    """Write A and B of every layer, and return the file's SHA-256."""
    save_file({name: tensor.half() for name, tensor in lora.adapter(model).items()}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_losses(losses: list[float], path: Path) -> None:
    """Write the loss before each step."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "loss"])
        writer.writerows([step, f"{loss:.4f}"] for step, loss in enumerate(losses, start=1))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--short", action="store_true", help="three steps only, to try the script")
    return parser.parse_args()


if __name__ == "__main__":
    main()
