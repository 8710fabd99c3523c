# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
"""Train a small GPT on bytes with ZeRO by hand; each of `--stages` has the same start.
Each parameter is a row of P equal slices; each of P processes holds, in stage

  0  all parameters, gradients and moments of Adam: plain data parallelism
  1  all parameters and gradients, its slices of the moments
  2  all parameters, its slices of the gradients and of the moments
  3  its slices of everything; a block's rows are gathered while it computes

  torchrun --standalone --nproc-per-node 2 -- train_zero.py --synthetic --out z

Writes --out/stage-N/checkpoint.pt, which --resume takes on any number of processes, and
run.json: losses, and each rank's bytes: held after backward, at peak, sent in a step.
"""

import argparse
import json
import os
import sys
import time
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

all_gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor  # torch 2.13 has new names
reduce_scatter = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor
SIZES = {"width": 128, "layers": 4, "context": 64, "batch": 16, "seed": 0, "rate": 0.001}
OTHERS = {"steps": 10, "save_every": 100}
KINDS = ("parameters", "gradients", "moments")  # of numbers that a rank holds


def main() -> None:
    """Join the other processes, train in each stage, and part."""
    asked = arguments()
    set_up(asked)
    try:
        for stage, saved in asked.saved.items():
            torch.manual_seed(asked.seed)  # all ranks begin with the same parameters
            model = GPT(asked.width, asked.layers, asked.context)
            model.to(asked.device, getattr(torch, asked.dtype))
            train(asked, model, Zero(stage, model, saved["state"]), saved["losses"])
    finally:
        dist.destroy_process_group()


def train(asked: Any, model: nn.Module, zero: "Zero", losses: list[float]) -> None:
    """Take the steps, save and report."""
    for step in range(len(losses), asked.steps):
        zero.sent = 0
        windows = share(asked, step)
        mean = F.cross_entropy(model(windows[:, :-1]).mT, windows[:, 1:])
        mean = mean / dist.get_world_size()  # summed, gradients are the whole batch's
        mean.backward()
        held = {kind: zero.memory([kind]) for kind in KINDS}
        for row in zero.rows.values():
            row.update(step + 1, asked.rate)
        dist.all_reduce(mean.detach_())  # for the report, hence not counted
        losses.append(mean.item())
        if step + 1 == asked.steps or (step + 1) % asked.save_every == 0:
            save(asked, zero, losses)
    report(asked, zero, held, losses)


class Row:
    """A parameter, its gradient and moments; a rank keeps all of each, or its slice."""

    def __init__(self, stage: int, p: Any, state: Any, block: Any, call: Any) -> None:
        """Cut the state, (3, numbers of p): p itself and its two moments."""
        self.stage, self.size, self.call = stage, p.numel(), call  # not p: it holds us
        self.zeros = -self.size % dist.get_world_size()  # at the end: P equal slices
        state = F.pad(state.detach().to(p), (0, self.zeros))
        self.row = state[0].clone()
        p.data = self.row[: self.size].view_as(p)  # the row is its memory
        self.parameters = own(self.row) if stage >= 1 else self.row  # to be updated
        self.moments = own(state[1:]).clone() if stage >= 1 else state[1:].clone()
        self.gradients = self.row.new_empty(0)
        p.register_post_accumulate_grad_hook(self.reduce)
        if stage == 3:
            self.parameters = self.parameters.clone()
            self.free()
            block.register_forward_pre_hook(self.gather)
            block.register_forward_hook(self.after_forward)

    def reduce(self, p: Any) -> None:
        """Sum a gradient that is finished over the ranks, while backward goes on."""
        whole, p.grad = F.pad(p.grad.flatten(), (0, self.zeros)), None
        if self.stage == 0:
            self.gradients = whole
            self.call(dist.all_reduce, whole)
        else:  # in stage 1, the slice is one of the whole, which stays
            self.gradients = own(whole) if self.stage == 1 else own(whole).clone()
            self.call(reduce_scatter, self.gradients, whole)
        if self.stage == 3:
            self.free()

    def update(self, step: int, rate: float) -> None:
        """Take a step of Adam with what this rank keeps; exchange what all keep."""
        grad, (mean, square) = self.gradients, self.moments
        mean.lerp_(grad, 1 - 0.9)
        square.lerp_(grad.square(), 1 - 0.999)
        scale = (square / (1 - 0.999**step)).sqrt() + 1e-8
        self.parameters.addcdiv_(mean, scale, value=-rate / (1 - 0.9**step))
        self.gradients = self.row.new_empty(0)
        if self.stage in (1, 2):
            self.call(all_gather, self.row, self.parameters)

    def gather(self, *_: Any) -> None:
        """Get memory for the row, and every rank's slice into it."""
        self.row.untyped_storage().resize_(self.row.nbytes)
        self.call(all_gather, self.row, self.parameters)

    def free(self) -> None:
        """Give the memory back; p has no numbers until the row is gathered again."""
        self.row.untyped_storage().resize_(0)

    def after_forward(self, _: nn.Module, __: Any, output: Tensor) -> None:
        """Free the row; gather it when backward comes: the output has its gradient."""
        self.free()
        output.register_hook(self.gather)


class Zero:
    """A model in rows; counts the bytes that this rank sends, and the most it held."""

    def __init__(self, stage: int, model: Any, saved: dict[str, Tensor]) -> None:
        self.stage, self.sent, self.peak = stage, 0, 0
        self.rows: dict[str, Row] = {}
        blocks = {p: block for block in model.blocks.layers for p in block.parameters()}
        for name, p in model.named_parameters():
            state = saved.get(name, torch.stack([p, 0 * p, 0 * p]).flatten(1))
            self.rows[name] = Row(stage, p, state, blocks.get(p, model), self.call)

    def call(self, collective: Any, *rows: Tensor) -> None:
        """Call a collective; count what the best algorithm for it sends from a rank."""
        collective(*rows)
        P, whole = dist.get_world_size(), max(row.nbytes for row in rows)
        self.sent += (2 if collective is dist.all_reduce else 1) * whole * (P - 1) // P
        self.peak = max(self.peak, self.memory(["row", *KINDS], rows))

    def memory(self, kinds: list[str], passing: tuple[Tensor, ...] = ()) -> int:
        """Return the bytes behind tensors of some kinds; what they share counts once."""
        held = [getattr(row, kind) for row in self.rows.values() for kind in kinds]
        memories = [tensor.untyped_storage() for tensor in (*held, *passing)]
        return sum({memory.data_ptr(): memory.nbytes() for memory in memories}.values())


def own(row: Tensor) -> Tensor:
    """Return this rank's slice of a row, as a view."""
    return row.chunk(dist.get_world_size(), dim=-1)[dist.get_rank()]


def save(asked: argparse.Namespace, zero: Zero, losses: list[float]) -> None:
    """Gather the whole state; write it on the first rank, over the one before."""
    state = {}
    for name, row in zero.rows.items():
        whole = [torch.empty_like(row.row) for _ in range(3)]
        for kind, mine in zip(whole, (row.parameters, *row.moments), strict=True):
            all_gather(kind, mine if zero.stage else own(mine))
        state[name] = torch.stack(whole)[:, : row.size]  # without the zeros
    if dist.get_rank() == 0:
        path = asked.out / f"stage-{zero.stage}/checkpoint.pt"
        torch.save({"settings": asked.settings, "losses": losses, "state": state}, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)


def report(asked: Any, zero: Zero, held: dict[str, int], losses: list[float]) -> None:
    """Write what each rank has counted."""
    ranks: list[Any] = [None] * (P := dist.get_world_size())
    dist.all_gather_object(ranks, {"held": held, "peak": zero.peak, "sent": zero.sent})
    if dist.get_rank() == 0:
        count = sum(row.size for row in zero.rows.values())
        run = {**asked.settings, "stage": zero.stage, "world": P, "losses": losses, "parameters": count, "ranks": ranks}
        (asked.out / f"stage-{zero.stage}/run.json").write_text(json.dumps(run, indent=1), "utf-8")
        who = f"each of {P} processes" if P > 1 else "one process"
        print(f"stage {zero.stage}: loss {losses[0]:.4f} to {losses[-1]:.4f}; {who} holds", end=" ")
        print(f"{sum(held.values()) / count:.1f} bytes a parameter, sends {zero.sent / count:.1f}", flush=True)


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
        mask = nn.Transformer.generate_square_subsequent_mask(T, x.device, x.dtype)
        return self.head(self.blocks(x, mask, is_causal=True))


def share(asked: argparse.Namespace, step: int) -> Tensor:
    """Return this rank's part of a step's batch, (batch / P, context + 1)."""
    rng = torch.Generator().manual_seed(1_000_003 * asked.seed + step)
    starts = own(torch.randint(len(asked.data) - asked.context, (asked.batch,), generator=rng))
    return asked.data[starts[:, None] + torch.arange(asked.context + 1)].to(asked.device).long()


def set_up(asked: argparse.Namespace) -> None:
    """Choose device and backend; refuse what is not there; join the other processes."""
    gpu = torch.cuda.is_available()
    if asked.device == "auto":
        asked.device = "cuda" if gpu and asked.backend != "gloo" else "cpu"
    if asked.backend == "auto":
        asked.backend = "nccl" if asked.device == "cuda" else "gloo"
    if (asked.device == "cuda" and not gpu) or (asked.backend == "nccl" and asked.device == "cpu"):
        refuse("nccl needs --device cuda, and cuda a GPU; say --device cpu --backend gloo.")
    if asked.device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    torch.set_num_threads(1)  # P processes on P cores against one on one
    if "RANK" not in os.environ:  # not started by torchrun: a group of one
        os.environ |= {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    dist.init_process_group(asked.backend, timeout=timedelta(seconds=60))


def arguments() -> argparse.Namespace:
    """Read the command line, the text, and the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=Path, help="a file whose bytes are learned")
    source.add_argument("--synthetic", action="store_true", help="learn made-up words")
    add = parser.add_argument
    add("--out", type=Path, required=True, help="a folder, made if it is not there")
    add("--stages", type=int, nargs="+", choices=range(4), default=[0], help="default: 0")
    for name, value in {**SIZES, **OTHERS}.items():
        add(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default: {value}")
    add("--dtype", choices=("float32", "float64"), default="float32")
    add("--resume", action="store_true", help="go on from the checkpoints in --out")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    asked = parser.parse_args()
    check(asked)
    asked.saved = {s: checkpoint(asked, s) if asked.resume else {"losses": [], "state": {}} for s in asked.stages}
    return asked


def check(asked: argparse.Namespace) -> None:
    """Read text and checkpoint; refuse what can't be trained."""
    if low := [name for name in {**SIZES, **OTHERS} if getattr(asked, name) <= 0 and name != "seed"]:
        refuse(f"{low[0]} must be above 0.")
    if asked.width % 32:
        refuse(f"--width {asked.width} has no heads of 32; give a multiple of 32.")
    if asked.batch % (P := int(os.environ.get("WORLD_SIZE", "1"))):
        refuse(f"--batch {asked.batch} has no {P} equal parts; give a multiple of {P}.")
    try:
        text = asked.text.read_bytes() if asked.text else bytes(i * i % 97 for i in range(9999))
        for stage in asked.stages:
            (asked.out / f"stage-{stage}").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    if len(text) <= asked.context:
        refuse(f"{asked.text} is too short for windows of {asked.context + 1} bytes.")
    asked.data = torch.tensor(bytearray(text), dtype=torch.uint8)
    asked.settings = {name: getattr(asked, name) for name in (*SIZES, "dtype")} | {"text": zlib.crc32(text)}


def checkpoint(asked: argparse.Namespace, stage: int) -> dict[str, Any]:
    """Return what a run with the same settings has saved in a stage's folder."""
    path = asked.out / f"stage-{stage}/checkpoint.pt"
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        settings, done = saved["settings"].items(), len(saved["losses"])
    except Exception:  # hardly one that a damaged file can't cause
        refuse(f"{path} is missing or damaged; leave --resume out.")
    if other := sorted(name for name, _ in asked.settings.items() - settings):
        refuse(f"{path} is of a run with another {', '.join(other)}; give the same.")
    if done >= asked.steps:
        refuse(f"{path} has {done} steps already; ask for more with --steps.")
    return saved


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong, once for all processes, and end."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr, flush=True)
    else:
        time.sleep(1)  # torchrun ends all when the first one ends: let rank 0 speak
    sys.exit(2)


if __name__ == "__main__":
    main()
