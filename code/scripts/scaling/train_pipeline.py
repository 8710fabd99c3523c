# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
r"""Train a small GPT on bytes, pipeline parallel: each process has a stage, some of the
layers, and micro-batches travel from stage to stage and back. The schedules:

  gpipe        all forwards, then all backwards
  1f1b         a backward after each forward, as soon as the first gradient is there
  interleaved  1f1b, two stages a process, of early and late layers (--engine torch)
  zb           that, and gradients of weights wait for idle time (--engine torch)

  torchrun --standalone --nproc-per-node 2 -- train_pipeline.py --synthetic --out made
  torchrun --standalone --nproc-per-node 4 -- train_pipeline.py --text corpus.txt \
      --out made --engine torch --schedules 1f1b zb --micros 8 --pace 10

Each schedule trains anew with each number of micro-batches, in a folder of --out such as
1f1b-8: gradients.pt, of the first step; checkpoint.pt, from which --resume goes on with
any number of processes; and run.json: losses, seconds of a step, and of the last step
the bubble (the share of idle time) and each process's work, with its times.
"""

import argparse
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.distributed import pipelining
from torch.nn import functional as F

SIZES = {"width": 64, "layers": 8, "context": 64, "batch": 16, "seed": 0, "rate": 0.05}
CHUNKS = {"gpipe": 1, "1f1b": 1, "interleaved": 2, "zb": 2}  # stages of a process
TORCH = {"gpipe": "GPipe", "1f1b": "1F1B", "interleaved": "Interleaved1F1B", "zb": "InterleavedZeroBubble"}
PACE = """milliseconds that a forward takes at least, and half of what a backward does (default: 0): a process
computes, then sleeps, as a host that waits for its GPU. Without, more processes than cores slow one another down,
and the bubble can't be seen; paced, four on two cores behave like four devices"""


def main() -> None:
    """Join the other processes, train with each schedule, and part."""
    asked = arguments()
    set_up(asked)
    try:
        for run in asked.saved:
            asked.schedule, asked.M = run
            train(asked)
    finally:
        dist.destroy_process_group()


def train(asked: argparse.Namespace) -> None:
    """Take the steps, each with the gradient of the whole batch, in M micro-batches."""
    engine = (Stage if asked.engine == "scratch" else Torch)(asked)
    names = {n: p for part in engine.parts.values() for n, p in part.named_parameters()}
    sgd = torch.optim.SGD(names.values(), asked.rate, momentum=0.9)
    saved, times = asked.saved[asked.schedule, asked.M], []
    for n, p in names.items() if saved["losses"] else ():
        p.data.copy_(saved["model"][n])
        sgd.state[p]["momentum_buffer"] = saved["momentum"][n].to(p)
    for step in range(len(saved["losses"]), asked.steps):
        sgd.zero_grad()
        engine.begin()
        loss = engine.gradients(batch(asked, step))
        times.append(engine.now())
        if step == 0:
            saved["gradients"] = {n: p.grad for n, p in names.items()}
        sgd.step()
        dist.broadcast(loss, dist.get_world_size() - 1)  # only the last stage knows it
        saved["losses"].append(loss.item())
    saved["momentum"] = {n: sgd.state[p]["momentum_buffer"] for n, p in names.items()}
    report(asked, engine, {**saved, "model": names}, median(times[2:] or times))


def gpipe(_rank: int, _P: int, M: int) -> list[tuple[str, int]]:
    """Return a stage's work: forward all micro-batches, then backward all."""
    return [("F", i) for i in range(M)] + [("B", i) for i in range(M)]


def one_f_one_b(rank: int, P: int, M: int) -> list[tuple[str, int]]:
    """Return a stage's work: fill the stages behind, then go back and forth."""
    warm = min(M, P - rank - 1)
    order = [("F", i) for i in range(warm)]
    for i in range(M - warm):
        order += [("F", warm + i), ("B", i)]
    return order + [("B", i) for i in range(M - warm, M)]


ORDERS = {"gpipe": gpipe, "1f1b": one_f_one_b}


class Engine:
    """A process's stages, and what is measured of them in a step."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked, self.M = asked, asked.M
        self.rank, self.P = dist.get_rank(), dist.get_world_size()
        self.first, self.last = self.rank == 0, self.rank == self.P - 1
        self.S = self.P * CHUNKS[asked.schedule]
        mine = range(self.rank, self.S, self.P)
        self.parts = {k: part(asked, k, self.S) for k in mine}  # by number
        weights = [p for model in self.parts.values() for p in model.parameters()]
        self.weights = {p.untyped_storage().data_ptr() for p in weights}
        shape = asked.batch // self.M, asked.context, asked.width
        self.like = weights[0].new_zeros(shape)  # activations of a micro-batch
        self.kept: dict[Any, list] = {}  # of each micro-batch in flight: memory
        self.in_flight = self.saved_bytes = 0
        # NCCL carries out a group's messages one by one: each direction has its group
        self.down, self.up = dist.new_group(), dist.new_group()

    def begin(self) -> None:
        """Begin a step on all ranks at the same time."""
        self.trace: list[dict[str, Any]] = []
        self.bytes_sent = 0
        dist.barrier()
        self.zero = time.perf_counter() + 0.005  # by then all have left the barrier
        time.sleep(0.005)

    def now(self) -> float:
        """Return the seconds since the step began; a GPU's work is waited for."""
        if self.asked.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - self.zero

    @contextmanager
    def computing(self, kind: str, stage: int, i: int, units: int) -> Iterator[None]:
        """Note when something is computed, and what is kept for backward; keep pace."""
        event = {"kind": kind, "stage": stage, "micro": i, "start": self.now()}
        kept = self.kept.setdefault((stage, i), [])

        def keep(tensor: Tensor) -> Tensor:
            kept.append(tensor.untyped_storage())
            return tensor

        with saved_tensors_hooks(keep, lambda tensor: tensor):
            yield
        least = units * self.asked.pace / 1000 / len(self.parts)
        time.sleep(max(0, event["start"] + least - self.now()))
        self.trace.append({**event, "end": self.now()})
        self.in_flight = max(self.in_flight, len(self.kept))
        held = {m.data_ptr(): m.nbytes() for kept in self.kept.values() for m in kept}
        total = sum(held[address] for address in held.keys() - self.weights)
        self.saved_bytes = max(self.saved_bytes, total)
        if kind == "W" or units == 2:  # all its gradients are there
            del self.kept[stage, i]


class Stage(Engine):
    """One stage, by hand: it receives, computes, and sends on."""

    def gradients(self, windows: Tensor) -> Tensor:
        """Do a step's work in order; return the mean loss of the batch, on the last."""
        self.micros = windows.chunk(self.M)  # (batch / M, context + 1) each
        self.loss = self.like.new_zeros(())
        self.ends: dict[int, Any] = {}  # input and output of what is in flight
        self.sent: list[tuple[Any, Tensor]] = []
        for kind, i in ORDERS[self.asked.schedule](self.rank, self.P, self.M):
            self.forward(i) if kind == "F" else self.backward(i)
        for work, _ in self.sent:
            work.wait()
        return self.loss

    def forward(self, i: int) -> None:
        """Take micro-batch i from the stage before, compute, and send to the next."""
        x = self.micros[i][:, :-1]  # (batch / M, context)
        if not self.first:  # (batch / M, context, width)
            x = self.receive(self.rank - 1, self.down).requires_grad_()
        with self.computing("F", self.rank, i, units=1):
            y = self.parts[self.rank](x)
            if self.last:  # the M means add up to the mean of the batch
                y = mean_loss(y, self.micros[i][:, 1:]) / self.M
        self.ends[i] = x, y
        if self.last:
            self.loss += y.detach()
        else:
            self.send(y.detach(), self.rank + 1, self.down)

    def backward(self, i: int) -> None:
        """Take the gradient of what was sent, compute, and send that of the input."""
        x, y = self.ends.pop(i)
        grad = None if self.last else self.receive(self.rank + 1, self.up)
        with self.computing("B", self.rank, i, units=2):
            y.backward(grad)
        if not self.first:
            self.send(x.grad, self.rank - 1, self.up)

    def receive(self, source: int, group: Any) -> Tensor:
        """Wait for the activations or gradients of a micro-batch."""
        dist.recv(row := torch.empty_like(self.like), source, group)
        return row

    def send(self, row: Any, target: int, group: Any) -> None:
        """Start to send, and don't wait; until it is sent, the row must live."""
        self.sent.append((dist.isend(row, target, group), row))
        self.bytes_sent += row.nbytes


class Torch(Engine):
    """The same by torch.distributed.pipelining."""

    def __init__(self, asked: argparse.Namespace) -> None:
        super().__init__(asked)
        device = torch.device(asked.device)
        stages = [self.noted(m, k, self.S, device) for k, m in self.parts.items()]
        kind: Any = getattr(pipelining, f"Schedule{TORCH[asked.schedule]}")
        all_or_one: Any = stages if len(stages) > 1 else stages[0]
        self.engine = kind(all_or_one, self.M, loss_fn=mean_loss)

    def gradients(self, windows: Tensor) -> Tensor:
        """Do a step's work; return the mean loss of the batch, on the last."""
        losses = [] if self.last else [self.like.new_zeros(())]
        ends: Any = {"target": windows[:, 1:], "losses": losses} if self.last else {}
        inputs = [windows[:, :-1]] if self.first else []
        self.engine.step(*inputs, **ends, return_outputs=False)
        return torch.stack(losses).mean().detach()

    def noted(self, *args: Any) -> pipelining.PipelineStage:
        """Make a stage of torch's and note its work; the schedule waits outside of it."""
        stage: Any = pipelining.PipelineStage(*args)

        def work(kind: str, call: Any, i: int, *args: Any, **named: Any) -> Any:
            units = 1 + (kind == "B" and named.get("full_backward", True))
            with self.computing(kind, stage.stage_index, i, units):
                return call(i, *args, **named)

        def send(call: Any, i: int) -> list[dist.P2POp]:
            ops = call(i)
            self.bytes_sent += sum(op.tensor.nbytes for op in ops)
            return ops

        for kind, name in ("F", "forward"), ("B", "backward"), ("W", "backward_weight"):
            call = getattr(stage, f"{name}_one_chunk")
            setattr(stage, f"{name}_one_chunk", partial(work, kind, call))
        for name in ("get_fwd_send_ops", "get_bwd_send_ops"):
            setattr(stage, name, partial(send, getattr(stage, name)))
        return stage


class GPT(nn.Module):
    """A small causal transformer over bytes, or a stage of one."""

    def __init__(self, width: int, layers: int, context: int) -> None:
        super().__init__()
        self.token = nn.Embedding(256, width)
        self.place = nn.Parameter(0.02 * torch.randn(context, width))
        heads, inner = width // 32, 4 * width
        kind: Any = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(width, heads, inner, **kind)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, 256)

    def forward(self, x: Tensor) -> Tensor:
        """Map bytes (batch, time) or activations to activations or scores of bytes."""
        T = x.shape[1]
        if self.token:
            x = self.token(x) + self.place[:T]  # (batch, time, width)
        mask = nn.Transformer.generate_square_subsequent_mask(T, x.device, x.dtype)
        for layer in filter(None, self.blocks.layers):
            x = layer(x, mask, is_causal=True)
        return self.head(x) if self.head else x


def part(asked: argparse.Namespace, stage: int, stages: int) -> Any:
    """Draw the model, the same on all ranks; keep a stage, and its names."""
    torch.manual_seed(asked.seed)
    model: Any = GPT(asked.width, asked.layers, asked.context)
    for i in range(asked.layers):
        if i * stages // asked.layers != stage:
            model.blocks.layers[i] = None
    for name in ("token", "place") * (stage > 0) + ("head",) * (stage < stages - 1):
        setattr(model, name, None)
    return model.to(asked.device, getattr(torch, asked.dtype))


def mean_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy of scores (batch, time, 256) of the next byte."""
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten())


def batch(asked: argparse.Namespace, step: int) -> Tensor:
    """Return a step's batch, (batch, context + 1), the same on all ranks."""
    rng = torch.Generator().manual_seed(1_000_003 * asked.seed + step)
    room = len(asked.data) - asked.context
    starts = torch.randint(room, (asked.batch, 1), generator=rng)
    return asked.data[starts + torch.arange(asked.context + 1)].to(asked.device).long()


def report(asked: Any, engine: Engine, state: dict[str, Any], step: float) -> None:
    """Join on the first rank what all have: parameters and measurements; write them."""
    kept, losses = engine.saved_bytes if asked.engine == "scratch" else None, state.pop("losses")
    log = {"trace": engine.trace, "in_flight": engine.in_flight, "saved_bytes": kept, "sent": engine.bytes_sent}
    mine = {key: {n: t.detach().cpu() for n, t in tensors.items()} for key, tensors in state.items()}
    ranks: list[Any] = [None] * engine.P
    dist.all_gather_object(ranks, (log, mine))
    if engine.first:
        whole = {key: {n: t for _, part in ranks for n, t in part[key].items()} for key in state}
        folder = asked.out / f"{asked.schedule}-{asked.M}"
        folder.mkdir(exist_ok=True)
        if "gradients" in whole:  # a resumed run has no first step
            torch.save(whole.pop("gradients"), folder / "gradients.pt")
        torch.save({**whole, "losses": losses, "settings": asked.settings}, folder / "checkpoint.new")
        (folder / "checkpoint.new").replace(folder / "checkpoint.pt")  # the old one stays until this is whole
        run = {**asked.settings, "schedule": asked.schedule, "micros": asked.M, "engine": asked.engine}
        run |= {"pace": asked.pace, "losses": losses, "step": step, **bubble([log for log, _ in ranks], asked)}
        (folder / "run.json").write_text(json.dumps(run, indent=1), "utf-8")
        learned = f"loss {losses[0]:.4f} to {losses[-1]:.4f}, {1e3 * step:.0f} ms a step"
        formula = "" if run["formula"] is None else f" (formula {run['formula']:.3f})"
        print(f"{folder.name:14} {learned}, bubble {run['bubble']:.3f}{formula}", flush=True)


def bubble(ranks: list[dict[str, Any]], asked: argparse.Namespace) -> dict[str, Any]:
    """Return the share of time in which processes don't compute, and the formula's."""
    P, events = len(ranks), [event for rank in ranks for event in rank["trace"]]
    span = max(event["end"] for event in events) - min(event["start"] for event in events)
    idle = 1 - sum(event["end"] - event["start"] for event in events) / (P * span)
    formula = (P - 1) / (asked.M + P - 1) if asked.schedule in ORDERS else None
    return {"world": P, "bubble": idle, "formula": formula, "ranks": ranks}


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
    """Read the command line, the text, and the checkpoints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=Path, help="a file whose bytes are learned")
    source.add_argument("--synthetic", action="store_true", help="learn made-up words")
    add = parser.add_argument
    add("--out", type=Path, required=True, help="a folder, made if it is not there")
    add("--schedules", nargs="+", choices=CHUNKS, default=["gpipe", "1f1b"], help="default: gpipe 1f1b")
    add("--engine", choices=("scratch", "torch"), default="scratch", help="by hand, or torch's; default: scratch")
    add("--micros", nargs="+", type=int, default=[4, 8], help="numbers of micro-batches, default: 4 8")
    add("--pace", type=float, default=0.0, metavar="MS", help=PACE)
    for name, value in {**SIZES, "steps": 10}.items():
        add(f"--{name}", type=type(value), default=value, help=f"default: {value}")
    add("--dtype", choices=("float32", "float64"), default="float32")
    add("--resume", action="store_true", help="go on from the checkpoints in --out")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    check(asked := parser.parse_args())
    return asked


def check(asked: argparse.Namespace) -> None:
    """Read text and checkpoints; refuse what can't be trained."""
    numbers = {**{name: getattr(asked, name) for name in (*SIZES, "steps")}, "micros": min(asked.micros), "seed": 1}
    if low := [name for name, value in numbers.items() if value <= 0]:
        refuse(f"{low[0]} must be above 0.")
    if not 0 <= asked.pace < 10_000:
        refuse(f"--pace {asked.pace} can't be kept; give milliseconds from 0 to 10 000.")
    if asked.width % 32:
        refuse(f"--width {asked.width} has no heads of 32; give a multiple of 32.")
    try:
        text = asked.text.read_bytes() if asked.text else bytes(i * i % 97 for i in range(9999))
        asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    if len(text) <= asked.context:
        refuse(f"{asked.text} is too short for windows of {asked.context + 1} bytes.")
    asked.data = torch.tensor(bytearray(text), dtype=torch.uint8)
    asked.settings = {name: getattr(asked, name) for name in (*SIZES, "dtype")} | {"text": zlib.crc32(text)}
    asked.saved = {run: start(asked, *run) for run in product(asked.schedules, asked.micros)}


def start(asked: argparse.Namespace, schedule: str, M: int) -> dict[str, Any]:
    """Refuse what doesn't divide; return what was saved, or the beginning."""
    P = int(os.environ.get("WORLD_SIZE", "1"))
    S, rounds = P * CHUNKS[schedule], max(1, M // P)
    if S > P and asked.engine == "scratch":
        refuse(f"--engine scratch has no {schedule}; say --engine torch.")
    if asked.layers % S:
        refuse(f"--layers {asked.layers} don't divide evenly over {S} stages; give a multiple of {S}.")
    if asked.batch % M:
        refuse(f"--batch {asked.batch} has no {M} equal micro-batches; give a multiple of {M}.")
    if asked.engine == "torch" and ((schedule == "1f1b" and M < P) or (S > P and M % rounds)):
        refuse(f"torch's {schedule} has no order for {M} micro-batches on {P} processes; give a multiple of {P}.")
    return restore(asked, asked.out / f"{schedule}-{M}/checkpoint.pt") if asked.resume else {"losses": []}


def restore(asked: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Return what a run with the same settings has saved."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        other = asked.settings.items() - saved["settings"].items()
    except Exception:  # hardly one that a damaged file can't cause
        refuse(f"{path} is missing or damaged; leave --resume out.")
    if other:
        refuse(f"{path} is of a run with another {min(other)[0]}; give the same.")
    if len(saved["losses"]) >= asked.steps:
        refuse(f"{path} has {len(saved['losses'])} steps already; ask for more --steps.")
    del saved["settings"]
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
