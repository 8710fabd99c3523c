# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
r"""Train a small GPT on bytes, data parallel: each process has all of the model and a
share of each batch; gradients are averaged, so that all take the same step. `--engines`
says how, each engine anew from the same start:

  naive     after backward, one all-reduce for each gradient
  flat      after backward, one all-reduce for all gradients in one row
  bucketed  during backward, one for each --bucket-kb of finished gradients
  torch     DistributedDataParallel, which does the same

  torchrun --standalone --nproc-per-node 2 -- train_ddp.py --synthetic --out made
  torchrun --standalone --nproc-per-node 4 -- train_ddp.py --text mine.txt --out made \
      --engines flat torch --accumulate 2

Each engine's folder in --out gets gradients.pt, the averages of the first step;
checkpoint.pt, which --resume takes on any number of processes; and run.json: losses of
the whole batch, median seconds of a step and of its wait, bytes summed, and of the last
step when each gradient was ready and each all-reduce ran, by the host's clock. (That
does not see a GPU at work: there, trust the time of the step only.)
"""

import argparse
import json
import os
import sys
import time
import zlib
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, NoReturn, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.futures import Future
from torch.nn import functional as F

SIZES = {"width": 128, "layers": 4, "context": 64, "batch": 16, "seed": 0, "rate": 0.05}
OTHERS = {"steps": 10, "accumulate": 1, "bucket_kb": 512, "save_every": 100}
WARMUP = 2  # steps whose times don't count: connections are made, DDP plans its buckets


def main() -> None:
    """Join the other processes, train with each engine, and part."""
    asked = arguments()
    set_up(asked)
    try:
        for name in dict.fromkeys(asked.engines):
            torch.manual_seed(asked.seed)  # all ranks begin with the same parameters
            model = GPT(asked.width, asked.layers, asked.context)
            model.to(asked.device, getattr(torch, asked.dtype))
            train(asked, ENGINES[name](model, 1024 * asked.bucket_kb), asked.out / name)
    finally:
        dist.destroy_process_group()


def train(asked: argparse.Namespace, engine: "Engine", folder: Path) -> None:
    """Take the steps, each with the gradient of the whole batch."""
    sgd = torch.optim.SGD(engine.model.parameters(), asked.rate, momentum=0.9)
    losses = restore(asked, engine.model, sgd, folder) if asked.resume else []
    times = []
    for step in range(len(losses), asked.steps):
        start = time.perf_counter()
        mean = engine.gradients(share(asked, step).chunk(asked.accumulate))
        if step == 0:
            save({n: p.grad for n, p in engine.names.items()}, folder / "gradients.pt")
        sgd.step()
        if asked.device == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start, engine.waited))
        dist.all_reduce(mean)  # for the report only
        losses.append(mean.item() / dist.get_world_size())
        if step + 1 == asked.steps or (step + 1) % asked.save_every == 0:
            state: Any = {"model": engine.model.state_dict(), "sgd": sgd.state_dict()}
            state |= {"losses": losses, "settings": asked.settings}
            save(state, folder / "checkpoint.pt")
    report(asked, engine, losses, times[WARMUP:] or times, folder)


class Engine:
    """Data parallelism; engines differ in how they average, and when they begin to."""

    def __init__(self, model: nn.Module, size: int) -> None:
        self.size = size  # of a bucket, in bytes
        self.model = self.replica = cast(Any, model)
        self.alone: Any = nullcontext
        self.names = dict(model.named_parameters())
        for name, p in self.names.items():
            p.register_post_accumulate_grad_hook(lambda p, n=name: self.note(n, p))

    def gradients(self, micros: tuple[Tensor, ...]) -> Tensor:
        """Add up the gradients of micro-batches, then average; return the mean loss."""
        self.model.zero_grad()
        self.ready, self.calls = dict[str, float](), list[dict]()
        total: Any = 0
        for self.left in reversed(range(len(micros))):  # micro-batches still to come
            micro = micros[self.left]  # (share / micro-batches, context + 1)
            with self.alone() if self.left else nullcontext():
                scores = self.replica(micro[:, :-1]).flatten(0, 1)
                mean = F.cross_entropy(scores, micro[:, 1:].flatten()) / len(micros)
                self.began = time.perf_counter()  # at last, the one that is reported
                mean.backward()
            total += mean.detach()
        done = time.perf_counter()
        self.average()
        self.waited = time.perf_counter() - done
        return total

    def note(self, name: str, parameter: Any) -> None:
        """Be told by backward that a gradient is finished."""
        self.ready[name] = time.perf_counter() - self.began
        if not self.left:
            self.take(parameter.grad)

    def take(self, grad: Tensor) -> None:
        """Do nothing yet with a finished gradient."""

    def average(self) -> None:
        """Do nothing after backward: all is averaged."""

    def all_reduce(self, row: Tensor) -> Future[Tensor]:
        """Start to sum a row over all ranks, in place; return what to wait for."""
        call = {"bytes": row.nbytes, "start": time.perf_counter() - self.began}
        self.calls.append(call)

        def ended(summed: Future) -> Tensor:
            summed.value()  # raises what went wrong, if anything did, in wait()
            call["end"] = time.perf_counter() - self.began
            return row  # so that on a GPU, who waits for it waits for the sum

        return dist.all_reduce(row, async_op=True).get_future().then(ended)


class Naive(Engine):
    """After backward, average gradients one by one."""

    def average(self) -> None:
        """Call one all-reduce for each gradient."""
        for p in self.model.parameters():
            self.all_reduce(p.grad).wait()
            p.grad /= dist.get_world_size()


class Flat(Engine):
    """After backward, average all gradients at once, copied into one row and back."""

    def average(self) -> None:
        """Call one all-reduce."""
        grads = [p.grad for p in self.model.parameters()]
        row = torch.cat([grad.flatten() for grad in grads])
        self.all_reduce(row).wait()
        put_back(row / dist.get_world_size(), grads)


class Buckets(Engine):
    """During backward, average gradients in buckets, which all ranks fill alike."""

    def __init__(self, model: nn.Module, size: int) -> None:
        super().__init__(model, size)
        self.filling, self.sent = list[Tensor](), list[tuple]()

    def take(self, grad: Tensor) -> None:
        """Put a gradient that has just been finished into the bucket."""
        self.filling.append(grad)
        if sum(g.nbytes for g in self.filling) >= self.size:
            self.send()

    def send(self) -> None:
        """Start to sum the bucket over all ranks, and don't wait."""
        row = torch.cat([grad.flatten() for grad in self.filling])
        self.sent.append((self.all_reduce(row), row, self.filling))
        self.filling = []

    def average(self) -> None:
        """Send the rest; wait for all; put the means where the gradients were."""
        if self.filling:
            self.send()
        for summed, row, grads in self.sent:
            summed.wait()
            put_back(row / dist.get_world_size(), grads)
        self.sent = []


class Torch(Engine):
    """DistributedDataParallel: it averages in buckets, in hooks of its own."""

    def __init__(self, model: nn.Module, size: int) -> None:
        super().__init__(model, size)
        DDP = nn.parallel.DistributedDataParallel
        replica = DDP(model, bucket_cap_mb=size / 2**20)
        replica.register_comm_hook(None, self.average_bucket)
        self.replica = replica
        self.alone = replica.no_sync  # neither forward nor backward prepares a sum

    def average_bucket(self, _: None, bucket: dist.GradBucket) -> Future[Tensor]:
        """Do what DDP does by itself, and note it."""
        return self.all_reduce(bucket.buffer().div_(dist.get_world_size()))


def put_back(row: Tensor, grads: list[Tensor]) -> None:
    """Copy a row to the gradients that it is made of."""
    for grad, part in zip(grads, row.split([g.numel() for g in grads]), strict=True):
        grad.copy_(part.view_as(grad))


ENGINES = {"naive": Naive, "flat": Flat, "bucketed": Buckets, "torch": Torch}


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
    starts = torch.randint(len(asked.data) - asked.context, (asked.batch, 1), generator=rng)
    mine = starts.chunk(dist.get_world_size())[dist.get_rank()]
    return asked.data[mine + torch.arange(asked.context + 1)].to(asked.device, torch.long)


def save(state: Any, path: Path) -> None:
    """Write a file on the first rank; one that was there stays until this is whole."""
    if dist.get_rank() == 0:
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)


def restore(asked: Any, model: nn.Module, sgd: Any, folder: Path) -> list[float]:
    """Load what a run with the same settings has saved; return its losses."""
    path = folder / "checkpoint.pt"
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        other = asked.settings.items() - saved["settings"].items()
    except Exception:  # hardly one that a damaged file can't cause
        refuse(f"{path} is missing or damaged; leave --resume out.")
    if other:
        refuse(f"{path} is of a run with another {min(other)[0]}; give the same.")
    if len(saved["losses"]) >= asked.steps:
        refuse(f"{path} has {len(saved['losses'])} steps already; ask for more --steps.")
    model.load_state_dict(saved["model"])
    sgd.load_state_dict(saved["sgd"])
    return saved["losses"]


def report(asked: Any, engine: Engine, losses: list, times: list, folder: Path) -> None:
    """Make sure that all ranks hold the same parameters; write what was measured."""
    row = torch.cat([p.detach().flatten() for p in engine.model.parameters()])
    mine = {"sum": zlib.crc32(row.cpu().numpy().data), "ready": engine.ready, "all_reduces": engine.calls}
    ranks: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(ranks, mine)
    if len({rank.pop("sum") for rank in ranks}) > 1:
        refuse("Parameters differ between processes.")
    if dist.get_rank() == 0:
        step, wait = map(median, zip(*times, strict=True))
        run = {**asked.settings, "world": len(ranks), "losses": losses, "step": step, "wait": wait}
        run |= {"bytes": sum(call["bytes"] for call in engine.calls), "ranks": ranks}
        (folder / "run.json").write_text(json.dumps(run, indent=1), "utf-8")
        learned = f"loss {losses[0]:.4f} to {losses[-1]:.4f} on {len(ranks)} processes"
        print(f"{folder.name:9} {learned}, {1e3 * step:.0f} ms a step, {1e3 * wait:.0f} waiting", flush=True)


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
    add("--engines", nargs="+", choices=ENGINES, default=["bucketed"])
    for name, value in {**SIZES, **OTHERS}.items():
        add(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default: {value}")
    add("--dtype", choices=("float32", "float64"), default="float32")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    asked = parser.parse_args()
    check(asked)
    return asked


def check(asked: argparse.Namespace) -> None:
    """Read text and checkpoint; refuse what can't be trained."""
    if low := [name for name in {**SIZES, **OTHERS} if getattr(asked, name) <= 0 and name != "seed"]:
        refuse(f"{low[0]} must be above 0.")
    if asked.width % 32:
        refuse(f"--width {asked.width} has no heads of 32; give a multiple of 32.")
    if asked.batch % (P := int(os.environ.get("WORLD_SIZE", "1")) * asked.accumulate):
        refuse(f"--batch {asked.batch} has no {P} equal parts; give a multiple of {P}.")
    try:
        text = asked.text.read_bytes() if asked.text else bytes(i * i % 97 for i in range(9999))
        for name in dict.fromkeys(asked.engines):
            (asked.out / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    if len(text) <= asked.context:
        refuse(f"{asked.text} is too short for windows of {asked.context + 1} bytes.")
    asked.data = torch.tensor(bytearray(text), dtype=torch.uint8)
    asked.settings = {name: getattr(asked, name) for name in (*SIZES, "dtype")} | {"text": zlib.crc32(text)}


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong, once for all processes, and end."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr, flush=True)
    else:
        time.sleep(1)  # torchrun ends all when the first one ends: let rank 0 speak
    sys.exit(2)


if __name__ == "__main__":
    main()
