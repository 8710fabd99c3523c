# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.9"]
# ///
r"""Train a small GPT on bytes with FSDP2, PyTorch's own ZeRO.

fully_shard cuts each parameter among the processes along its first dimension. A unit's
parameters (those of a block, or all outside of the blocks) are gathered before it
computes, and forgotten after. The program is that of train_zero.py --stages 3, and has
the same losses.

  --keep-parameters  between forward and backward, like stage 2: one gather less, and
                     memory for the whole model
  --precision bf16   compute in bfloat16; keep, sum and update in --dtype

  torchrun --standalone --nproc-per-node 2 -- train_fsdp.py --synthetic --out f
  torchrun --standalone --nproc-per-node 4 -- train_fsdp.py --synthetic --out f \
      --resume --steps 20

Writes run.json (losses; for each rank the bytes of its parameters, gradients and
moments when all gradients are there, beside the formula's, and of gathered parameters
between forward and backward), parameters.pt (the whole model), and a checkpoint by
torch.distributed.checkpoint, which any number of processes resumes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import warnings
import zlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import Tensor, nn
from torch.distributed.checkpoint import state_dict as states
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn import functional as F

SIZES = {"width": 128, "layers": 4, "context": 64, "batch": 16, "seed": 0, "rate": 0.001}
OTHERS = {"steps": 10, "save_every": 100}
PRECISIONS = {"full": None, "bf16": torch.bfloat16}  # to compute in

# said of a model that returns a view, as Linear does; nothing here writes into it
warnings.filterwarnings("ignore", "FSDP2-wrapped module")


def main() -> None:
    """Join the other processes, train, and part."""
    asked = arguments()
    set_up(asked)
    try:
        torch.manual_seed(asked.seed)  # all ranks begin with the same parameters
        model = GPT(asked.width, asked.layers, asked.context)
        train(asked, model.to(asked.device, getattr(torch, asked.dtype)))
    finally:
        dist.destroy_process_group()


def train(asked: argparse.Namespace, model: GPT) -> None:
    """Cut the model, take the steps, save and report."""
    shard(asked, model)
    adam = torch.optim.Adam(model.parameters(), asked.rate)  # of the shards
    losses = load(asked, model, adam) if asked.resume else []
    for step in range(len(losses), asked.steps):
        mean = loss(model, share(asked, step))
        gathered = [p for p in model.parameters() if not isinstance(p, DTensor)]
        held = {"gathered": memory(gathered)}
        mean.backward()  # leaves the mean of all ranks' gradients, cut
        grads = [p.grad for p in model.parameters()]
        adam.step()
        held |= count(model, grads, adam)
        adam.zero_grad()
        dist.all_reduce(mean.detach_())  # for the report only
        losses.append(mean.item() / dist.get_world_size())
        if step + 1 == asked.steps or (step + 1) % asked.save_every == 0:
            save(asked, model, adam, losses)
    report(asked, model, held, losses)


def shard(asked: argparse.Namespace, model: GPT) -> None:
    """Make each block a unit, and then what is left of the model."""
    mesh = init_device_mesh(asked.device, (dist.get_world_size(),))
    forget = not asked.keep_parameters
    half, whole = PRECISIONS[asked.precision], getattr(torch, asked.dtype)
    for unit in (*model.blocks.layers, model):  # from the inside out
        policy = MixedPrecisionPolicy(half, whole, whole if unit is model else None)
        fully_shard(unit, mesh=mesh, reshard_after_forward=forget, mp_policy=policy)
        # sum and divide: with some versions, gloo sums where it is asked to average
        unit.set_force_sum_reduction_for_comms(True)


def count(model: GPT, grads: list, adam: torch.optim.Optimizer) -> dict[str, int]:
    """Return the bytes of this rank's shards."""
    state = adam.state.values()
    moments = [each[name] for each in state for name in ("exp_avg", "exp_avg_sq")]
    kinds = {"parameters": model.parameters(), "gradients": grads, "moments": moments}
    return {kind: memory(t.to_local() for t in cut) for kind, cut in kinds.items()}


def memory(tensors: Iterable[Tensor]) -> int:
    """Return the bytes of memory behind some tensors; what they share counts once."""
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def save(asked: argparse.Namespace, model: GPT, adam: Any, losses: list) -> None:
    """Write the shards of each rank; when all have, name them as the checkpoint."""
    folder = asked.out / f"step-{len(losses)}-of-{dist.get_world_size()}"
    if dist.get_rank() == 0:
        shutil.rmtree(folder, ignore_errors=True)  # of a run that ended while it wrote
    dist.barrier()
    parameters, moments = states.get_state_dict(model, adam)  # of DTensors: shards
    dcp.save({"model": parameters, "adam": moments}, checkpoint_id=folder)
    dist.barrier()  # until here, the checkpoint before stays the one that counts
    if dist.get_rank() == 0:
        index = {"settings": asked.settings, "losses": losses, "folder": folder.name}
        (asked.out / "checkpoint.new").write_text(json.dumps(index), "utf-8")
        (asked.out / "checkpoint.new").replace(asked.out / "checkpoint.json")
        for old in set(asked.out.glob("step-*-of-*")) - {folder}:
            shutil.rmtree(old)


def load(asked: argparse.Namespace, model: GPT, adam: Any) -> list[float]:
    """Fill this rank's shards with their parts of shards cut for other ranks."""
    parameters, moments = states.get_state_dict(model, adam)
    state: dict[str, Any] = {"model": parameters, "adam": moments}
    folder = asked.out / asked.saved["folder"]
    try:
        dcp.load(state, checkpoint_id=folder)  # in place; fails on all ranks or on none
    except (dcp.api.CheckpointException, OSError):
        refuse(f"A file in {folder} is missing or damaged; leave --resume out.")
    new = {"model_state_dict": state["model"], "optim_state_dict": state["adam"]}
    states.set_state_dict(model, adam, **new)
    return asked.saved["losses"]


def report(asked: argparse.Namespace, model: GPT, held: dict, losses: list) -> None:
    """Write and print what each rank has held, and what the formula says."""
    ranks: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(ranks, held)
    joined = states.StateDictOptions(full_state_dict=True, cpu_offload=True)
    whole = states.get_model_state_dict(model, options=joined)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    times = {"parameters": 1, "gradients": 1, "moments": 2}
    facts = {name: n * size / len(ranks) for name, n in times.items()}
    found = {"world": len(ranks), "parameter_bytes": size, **asked.settings}
    if dist.get_rank() == 0:
        torch.save(whole, asked.out / "parameters.pt")
        found |= {"losses": losses, "formula": facts, "ranks": ranks}
        (asked.out / "run.json").write_text(json.dumps(found, indent=1), "utf-8")
        print(f"{len(ranks)} processes: loss {losses[0]:.4f} to {losses[-1]:.4f}")
        for name, fact in facts.items():
            print(f"{name:>10} {held[name]:12,} bytes, by the formula {fact:12,.0f}")


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


def share(asked: argparse.Namespace, step: int) -> Tensor:
    """Return this rank's part of a step's batch, (batch / P, context + 1)."""
    rng = torch.Generator().manual_seed(1_000_003 * asked.seed + step)
    room = len(asked.data) - asked.context
    starts = torch.randint(room, (asked.batch, 1), generator=rng)
    starts = starts.chunk(dist.get_world_size())[dist.get_rank()]
    return asked.data[starts + torch.arange(asked.context + 1)].to(asked.device).long()


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
    add("--keep-parameters", action="store_true", help="from forward to backward")
    add("--precision", choices=PRECISIONS, default="full", help="to compute in")
    for name, value in {**SIZES, **OTHERS}.items():
        add(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default: {value}")
    add("--dtype", choices=("float32", "float64"), default="float32")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    asked = parser.parse_args()
    check(asked)
    asked.saved = checkpoint(asked) if asked.resume else None
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
        asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    if len(text) <= asked.context:
        refuse(f"{asked.text} is too short for windows of {asked.context + 1} bytes.")
    asked.data = torch.tensor(bytearray(text), dtype=torch.uint8)
    asked.settings = {name: getattr(asked, name) for name in (*SIZES, "dtype", "precision")} | {
        "text": zlib.crc32(text)
    }


def checkpoint(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what a run with the same settings has saved in --out."""
    path = asked.out / "checkpoint.json"
    try:
        saved = json.loads(path.read_text("utf-8"))
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
