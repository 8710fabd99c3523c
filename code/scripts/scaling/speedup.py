# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
"""Time one training step on 1, 2, 4, ... processes, and say where the time went.

Each process computes the gradient of its share of a batch, gradients are summed, and
all take the same step; processes that a measurement does not need wait. Settings are
measured in turn, so that a slow moment meets each alike, and medians are kept.

The table shows strong scaling (one batch) and weak scaling (the batch grows with the
processes). `--codes looped` computes one sequence at a time, as untuned programs do.

  torchrun --standalone --nproc-per-node 2 -- speedup.py --synthetic
  torchrun --standalone --nproc-per-node 4 -- speedup.py --text corpus.txt --out made

Writes --out/run.json: the settings, and for each batch, code and number of processes
the seconds of each step, their median, and those of its parts, the mean of the
processes: compute, wait (for the slowest), communicate (the sum itself), update.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from datetime import timedelta
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

PARTS = ("compute", "wait", "communicate", "update")
SIZES = {"width": 128, "layers": 4, "context": 32, "repeats": 7, "seed": 0}
WARMUP = 2  # rounds that are not counted: connections are made, memory is found


def main() -> None:
    """Measure every setting in turn, and print the medians."""
    asked = arguments()
    device = set_up(asked)
    try:
        rows = measure(asked, device)
        if dist.get_rank() == 0:
            report(asked, rows)
    finally:
        dist.destroy_process_group()


def measure(asked: argparse.Namespace, device: torch.device) -> list[dict]:
    """Return a row of median seconds for each batch, code and number of processes."""
    counts = [2**i for i in range(dist.get_world_size().bit_length())]
    groups = {p: dist.new_group(range(p)) for p in counts}  # made by all, in one order
    torch.manual_seed(asked.seed)
    model = GPT(asked.width, asked.layers, asked.context).to(device)
    sgd = torch.optim.SGD(model.parameters(), lr=0)  # all settings meet one model
    batches = {b: draw(asked, b).to(device) for b in asked.batches}
    settings = list(product(batches, asked.codes, counts))
    times = defaultdict(list)
    for repeat, setting in product(range(WARMUP + asked.repeats), settings):
        batch, code, p = setting
        dist.barrier()
        if dist.get_rank() < p:
            found = timed_step(model, sgd, batches[batch], code, groups[p])
            if repeat >= WARMUP:
                times[setting].append(found)
    return [row(setting, found) for setting, found in times.items()]


def timed_step(model: Any, sgd: Any, batch: Tensor, code: str, group: Any) -> list:
    """Take one step with this group; return the mean seconds of its parts."""
    rank, p = dist.get_rank(group), dist.get_world_size(group)
    share = batch.chunk(p)[rank]  # (batch / p, context + 1)
    backward(model, share[:1], 1, code)  # who has only waited is cold: not counted
    sgd.zero_grad()
    dist.barrier(group)  # all start together
    marks = [now(batch.device)]
    backward(model, share, len(batch), code)
    marks.append(now(batch.device))
    if p > 1:
        dist.barrier(group)  # nobody can sum before the last has finished
    marks.append(now(batch.device))
    sum_gradients(model, group)
    marks.append(now(batch.device))
    sgd.step()
    sgd.zero_grad()
    marks.append(now(batch.device))
    times = torch.tensor(marks, device=batch.device, dtype=torch.float64).diff()
    dist.all_reduce(times, group=group)
    return (times / p).tolist()


def backward(model: nn.Module, share: Tensor, batch: int, code: str) -> None:
    """Compute what a share adds to the gradient of the mean over so many sequences."""
    for piece in [share] if code == "batched" else share.split(1):
        (loss(model, piece) * len(piece) / batch).backward()


def sum_gradients(model: nn.Module, group: Any) -> None:
    """Sum the gradients of all shares, as one row, and put the sums back."""
    if dist.get_world_size(group) == 1:
        return
    grads = [w.grad for w in model.parameters() if w.grad is not None]
    row = torch.cat([g.flatten() for g in grads])
    dist.all_reduce(row, group=group)
    for g, part in zip(grads, row.split([g.numel() for g in grads]), strict=True):
        g.copy_(part.view_as(g))


def loss(model: nn.Module, windows: Tensor) -> Tensor:
    """Return the mean cross-entropy of the next byte; windows: (batch, context + 1)."""
    scores = model(windows[:, :-1])  # (batch, context, 256)
    return F.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten())


class GPT(nn.Module):
    """A small causal transformer over bytes."""

    def __init__(self, width: int, layers: int, context: int) -> None:
        super().__init__()
        self.token = nn.Embedding(256, width)
        self.place = nn.Parameter(0.02 * torch.randn(context, width))
        heads, inner = width // 32, 4 * width
        kind: Any = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(width, heads, inner, **kind)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, 256)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map bytes (batch, time) to the scores of the next, (batch, time, 256)."""
        T = tokens.shape[1]
        x = self.token(tokens) + self.place[:T]  # (batch, time, width)
        mask = nn.Transformer.generate_square_subsequent_mask(T, device=x.device)
        return self.head(self.blocks(x, mask, is_causal=True))


def draw(asked: argparse.Namespace, batch: int) -> Tensor:
    """Return windows of the text, (batch, context + 1), the same on every process."""
    rng = torch.Generator().manual_seed(asked.seed)
    starts = torch.randint(len(asked.data) - asked.context, (batch, 1), generator=rng)
    return asked.data[starts + torch.arange(asked.context + 1)].long()


def row(setting: tuple[int, str, int], found: list[list[float]]) -> dict:
    """Return the medians of a setting, in seconds."""
    batch, code, p = setting
    parts = zip(PARTS, map(median, zip(*found, strict=True)), strict=True)
    steps = [sum(times) for times in found]
    made = {"batch": batch, "code": code, "processes": p, "step": median(steps)}
    return {**made, **dict(parts), "steps": steps}


def report(asked: argparse.Namespace, rows: list[dict]) -> None:
    """Print the table in milliseconds, and write it."""
    print("batch  code     processes      step", *(f"{part:>12}" for part in PARTS))
    for r in rows:
        times = " ".join(f"{1e3 * r[part]:12.1f}" for part in PARTS)
        start = f"{r['batch']:5}  {r['code']:8} {r['processes']:9}"
        print(start, f"{1e3 * r['step']:9.1f}", times, flush=True)
    if asked.out:
        made = {name: getattr(asked, name) for name in SIZES} | {"rows": rows}
        (asked.out / "run.json").write_text(json.dumps(made, indent=1), "utf-8")


def now(device: torch.device) -> float:
    """Return the time when all work given to the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def set_up(asked: argparse.Namespace) -> torch.device:
    """Join the other processes; return the device of this one."""
    device = torch.device("cpu")
    if asked.device == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    else:
        torch.set_num_threads(1)  # P processes on P cores against one on one
    if "RANK" not in os.environ:  # not started by torchrun: a group of one
        os.environ |= {"RANK": "0", "WORLD_SIZE": "1"}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    dist.init_process_group(asked.backend, timeout=timedelta(seconds=60))
    return device


def arguments() -> argparse.Namespace:
    """Read the command line, and the text."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=Path, help="a file whose bytes are read")
    source.add_argument("--synthetic", action="store_true", help="read zeros: only time is measured")
    add = parser.add_argument
    add("--batches", type=int, nargs="+", default=[2, 8, 32], help="sequences in all")
    add("--codes", nargs="+", default=["batched"], choices=("batched", "looped"))
    for name, value in SIZES.items():
        add(f"--{name}", type=int, default=value, help=f"default: {value}")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    add("--out", type=Path, help="a folder for run.json, made if it is not there")
    asked = parser.parse_args()
    check(asked)
    return asked


def check(asked: argparse.Namespace) -> None:
    """Read the text; refuse what can't be done."""
    most = 2 ** (int(os.environ.get("WORLD_SIZE", "1")).bit_length() - 1)
    if odd := [batch for batch in asked.batches if batch % most]:
        refuse(f"A batch of {odd[0]} does not divide among {most}; see --batches.")
    least = min(*asked.batches, asked.width, asked.layers, asked.context, asked.repeats)
    if least < 1:
        refuse(f"{least} is too small; batches, sizes and repeats are 1 or more.")
    if asked.width % 32:
        refuse(f"--width {asked.width} has no heads of 32; give a multiple of 32.")
    choose(asked)
    try:
        text = asked.text.read_bytes() if asked.text else bytes(2 * asked.context)
        asked.data = torch.tensor(bytearray(text), dtype=torch.uint8)
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    if len(asked.data) <= asked.context:
        refuse(f"{asked.text} is too short for windows of {asked.context + 1} bytes.")


def choose(asked: argparse.Namespace) -> None:
    """Choose device and backend; refuse what is not there."""
    gpu = torch.cuda.is_available()
    if asked.device == "auto":
        asked.device = "cuda" if gpu and asked.backend != "gloo" else "cpu"
    if asked.backend == "auto":
        asked.backend = "nccl" if asked.device == "cuda" else "gloo"
    if (asked.device == "cuda" or asked.backend == "nccl") and not gpu:
        refuse("This machine has no GPU for cuda or nccl; say --device cpu.")
    if asked.device == "cpu" and asked.backend == "nccl":
        refuse("nccl moves what is on GPUs; leave --device cpu out, or say gloo.")


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong, once for all processes, and end."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr, flush=True)
    else:
        time.sleep(1)  # torchrun ends all when the first one ends: let rank 0 speak
    sys.exit(2)


if __name__ == "__main__":
    main()
