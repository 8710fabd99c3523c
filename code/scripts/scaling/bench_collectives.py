# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
r"""Time collectives by size of message, and fit seconds = alpha + bytes x beta to each.

Alpha is what a call costs however little it moves; 1 / beta is the bandwidth. `ring` is
an all-reduce made by hand from sends and receives; before it is timed, its sums are
compared with all_reduce's. A message's size is that of the whole: what is reduced,
gathered, scattered, exchanged or sent (`send`: from rank 0 to rank 1).

--out gets run.json: the fits, and for each collective and size in bytes

  seconds        the median; one time is that of the slowest process, after a barrier
                 (which they don't leave at the very same moment: alpha has that, too)
  formula_bytes  what the busiest process sends, if the algorithm is the best one
  sent_bytes     what it sent, counted by `ring` and `send`, which are made here
  wire_bytes     with gloo, on one Linux machine: what its loopback device carried for
                 all processes, headers and all; the smallest of three counts, for
                 messages of 1 MiB or more. Let nothing else run.

  torchrun --standalone --nproc-per-node 2 -- bench_collectives.py
  torchrun --standalone --nproc-per-node 4 -- bench_collectives.py --out made \
      --collectives ring all_reduce --sizes 1000 1000000 --repeats 30
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from statistics import median
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

# torch 2.13 gave these two new names, and warns of the old ones
gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
scatter = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor
WARMUP = 2  # rounds that don't count: the first message of a pair makes its connection
LOOPBACK = Path("/proc/net/dev")  # counters of Linux's network devices
NAMES = ["all_reduce", "ring", "all_gather", "reduce_scatter"]
NAMES += ["broadcast", "all_to_all", "send"]
WIRED = 2**20  # smaller messages drown in what else the loopback device carries
SIZES = (4096, 65536, 262144, 1048576, 4194304)
Call = Callable[[], int | None]
Calls = dict[tuple[str, int], Call]  # by collective and bytes


def main() -> None:
    """Compare the ring with all_reduce, measure, and fit."""
    asked = arguments()
    set_up(asked)
    try:
        check_ring(asked.device)
        report(asked, measure(prepare(asked), asked))
    finally:
        dist.destroy_process_group()


def ring_all_reduce(row: Tensor) -> int:
    """Sum a row over all ranks, in place; return the bytes that this rank sent.

    The row is cut into P pieces. Each rank sends one to the next rank while it receives
    one from the rank before. After P - 1 rounds of adding, every rank has one piece of
    the total (reduce-scatter); after P - 1 of copying, all of them (all-gather).
    """
    rank, P = dist.get_rank(), dist.get_world_size()
    pieces = row.tensor_split(P)  # P views, some empty if the row is short
    sent = 0
    for i in range(P - 1):
        arrived = torch.empty_like(pieces[(rank - i - 1) % P])
        sent += exchange(pieces[(rank - i) % P], arrived)
        pieces[(rank - i - 1) % P].add_(arrived)
    for i in range(P - 1):
        sent += exchange(pieces[(rank + 1 - i) % P], pieces[(rank - i) % P])
    return sent


def exchange(outgoing: Tensor, arrived: Tensor) -> int:
    """Send to the next rank and receive from the one before, both at the same time."""
    rank, P = dist.get_rank(), dist.get_world_size()
    send = dist.P2POp(dist.isend, outgoing, (rank + 1) % P)
    receive = dist.P2POp(dist.irecv, arrived, (rank - 1) % P)
    for work in dist.batch_isend_irecv([send, receive]):
        work.wait()
    return outgoing.nbytes


def check_ring(device: str) -> None:
    """Compare the ring with all_reduce, for rows that P divides and others."""
    P = dist.get_world_size()
    for length in (0, 1, P - 1, P, 3 * P + 1, 1000):
        rng = torch.Generator().manual_seed(length + dist.get_rank())
        row = torch.randint(1000, (length,), generator=rng).float().to(device)
        expected = row.clone()  # whole numbers: exact in any order of addition
        dist.all_reduce(expected)
        ring_all_reduce(row)
        wrong = (row != expected).any().float()
        dist.all_reduce(wrong)
        if wrong:
            sys.exit(f"The ring's sum of {length} numbers is not all_reduce's.")


def prepare(asked: argparse.Namespace) -> Calls:
    """Return a call for each collective and size in bytes, with its memory."""
    P, calls = dist.get_world_size(), {}
    for size, name in product(asked.sizes, asked.collectives):
        share = torch.zeros(-(-size // (4 * P)), device=asked.device)  # rounded up
        whole = share.repeat(P)
        calls[name, whole.nbytes] = call(name, whole, share)
    return calls


def call(name: str, whole: Tensor, share: Tensor) -> Call:
    """Return a function that calls the collective; made by hand, it counts bytes."""
    calls: dict[str, Call] = {
        "all_reduce": lambda: dist.all_reduce(whole),
        "ring": lambda: ring_all_reduce(whole),
        "all_gather": lambda: gather(whole, share),
        "reduce_scatter": lambda: scatter(share, whole),
        "broadcast": lambda: dist.broadcast(whole, 0),
        "all_to_all": lambda: dist.all_to_all_single(torch.empty_like(whole), whole),
        "send": lambda: send(whole),
    }
    return calls[name]


def send(row: Tensor) -> int:
    """Send a row from rank 0 to rank 1; return the bytes that this rank sent."""
    if dist.get_rank() == 0:
        dist.send(row, 1)
        return row.nbytes
    if dist.get_rank() == 1:
        dist.recv(row, 0)
    return 0


def measure(calls: Calls, asked: argparse.Namespace) -> list[dict]:
    """Time all calls in turn, again and again: a slow moment then meets each alike."""
    seconds, sent = [], []
    for _ in range(WARMUP + asked.repeats):
        found = [timed(run, asked.device) for run in calls.values()]
        seconds.append([time for time, _ in found])
        sent = [count for _, count in found]
    slowest = over_ranks(seconds[WARMUP:], asked.device)  # (repeats, calls)
    busiest = over_ranks(sent, asked.device)  # (calls)
    medians = [median(column) for column in slowest.T.tolist()]
    return [
        {"collective": name, "bytes": size, "seconds": medians[i]}
        | count_bytes(name, size, calls[name, size], int(busiest[i]))
        for i, (name, size) in enumerate(calls)
    ]


def count_bytes(name: str, size: int, run: Call, sent: int) -> dict:
    """Return the bytes that should be sent, that were counted, and that went out."""
    P = dist.get_world_size()
    here = os.environ.get("LOCAL_WORLD_SIZE", "1") == str(P) and LOOPBACK.exists()
    wired = here and dist.get_backend() == "gloo" and size >= WIRED
    found: dict = {"formula_bytes": share_sent(name, P) * size}
    found["sent_bytes"] = sent if name in ("ring", "send") else None
    found["wire_bytes"] = wire_bytes(run) - wire_bytes(lambda: None) if wired else None
    return found


def timed(run: Call, device: str) -> tuple[float, int]:
    """Return the seconds that a call takes here, and the bytes that it counted."""
    dist.barrier()
    start = time.perf_counter()
    sent = run() or 0
    if device == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start, sent


def over_ranks(numbers: list, device: str) -> Tensor:
    """Return the largest of each number over all ranks."""
    largest = torch.tensor(numbers, dtype=torch.float64, device=device)
    dist.all_reduce(largest, dist.ReduceOp.MAX)
    return largest.cpu()


def share_sent(name: str, P: int) -> float:
    """Return what the busiest rank sends of a message, if the algorithm is the best."""
    if name in ("broadcast", "send"):
        return min(1, P - 1)
    return (2 if name in ("all_reduce", "ring") else 1) * (P - 1) / P


def wire_bytes(run: Call) -> int:
    """Return what the loopback device carries during a call and two barriers."""
    counts = []
    for _ in range(3):
        dist.barrier()
        before = carried()
        dist.barrier()  # nobody begins before the count is read
        run()
        dist.barrier()
        counts.append(carried() - before)
    return min(counts)


def carried() -> int:
    """Return the bytes that Linux's loopback device has received since the start."""
    after_name = LOOPBACK.read_text().split(" lo:")[1]
    return int(after_name.split()[0])


def fit(rows: list[dict]) -> dict[str, float]:
    """Fit seconds = alpha + bytes x beta; relative errors count, not absolute ones."""
    seconds = torch.tensor([row["seconds"] for row in rows], dtype=torch.float64)
    size = torch.tensor([row["bytes"] for row in rows], dtype=torch.float64)
    terms = torch.stack([1 / seconds, size / seconds], 1)  # (sizes, 2), to become 1
    alpha, beta = torch.linalg.lstsq(terms, torch.ones(len(rows), 1).double()).solution
    return {"alpha": alpha.item(), "beta": beta.item()}


def report(asked: argparse.Namespace, rows: list[dict]) -> None:
    """Print the fits, and write all."""
    if dist.get_rank() > 0:
        return
    print("the ring's sums are all_reduce's\ncollective      alpha in us  MB/s")
    fits = []
    for name in asked.collectives:
        found = fit([row for row in rows if row["collective"] == name])
        fits.append({"collective": name, **found})
        line = "  none fits: take more --repeats"
        if min(found.values()) > 0:
            line = f"{1e6 * found['alpha']:12.0f} {1e-6 / found['beta']:5.0f}"
        print(f"{name:14} {line}", flush=True)
    if asked.out:
        run = {"world": dist.get_world_size(), "backend": asked.backend}
        run |= {"repeats": asked.repeats, "fits": fits, "measurements": rows}
        (asked.out / "run.json").write_text(json.dumps(run, indent=1), "utf-8")


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
    """Read the command line; refuse what can't be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--collectives", nargs="+", default=NAMES, choices=NAMES)
    add("--sizes", type=int, nargs="+", default=SIZES, help=f"bytes; default: {SIZES}")
    add("--repeats", type=int, default=7, help="default: 7")
    add("--out", type=Path, help="a folder for run.json, made if it is not there")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    asked = parser.parse_args()
    check(asked)
    return asked


def check(asked: argparse.Namespace) -> None:
    """Refuse what can't be measured; find out whether bytes can be counted."""
    P = int(os.environ.get("WORLD_SIZE", "1"))
    if min(*asked.sizes, asked.repeats) < 1:
        refuse("--sizes and --repeats must be 1 or more.")
    if len({-(-size // (4 * P)) for size in asked.sizes}) < 2:
        refuse("A line needs two points: give two --sizes or more, far apart.")
    if P == 1:
        asked.collectives = [name for name in asked.collectives if name != "send"]
    try:
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong, once for all processes, and end."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr, flush=True)
    else:
        time.sleep(1)  # torchrun ends all when the first one ends: let rank 0 speak
    sys.exit(2)


if __name__ == "__main__":
    main()
