# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.6"]
# ///
"""Show where data parallelism is not the same as one process with the whole batch.

Each row of the table is a gradient, averaged over the processes, and its distance from
that of the whole batch, which the first process computes alone: the largest difference
divided by the largest number.

  batch norm      normalizes a share by the share; synchronized, by the whole batch
  uneven shares   have means that count alike, of however few examples or tokens
  dropout         draws other masks, and with one seed for all, one mask for all shares;
                  the mean of many draws tends to the same gradient all the same
  order of data   DistributedSampler repeats examples, so that each process has as many,
                  and shuffles every epoch alike, unless set_epoch tells it which it is

--out gets run.json: the rows, how far draws of dropout spread, and if orders repeat.
Data are made up, in float64, so that what is equal differs by some 1e-16 only.

  torchrun --standalone --nproc-per-node 2 -- ddp_differences.py
  torchrun --standalone --nproc-per-node 4 -- ddp_differences.py --seed 1 --out made
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DistributedSampler, TensorDataset

FEATURES, HIDDEN, EACH = 6, 8, 5  # and examples in an even share
DRAWS = (1, 16, 256, 4096)  # of dropout masks


def main() -> None:
    """Measure all cases; the first process reports."""
    asked = arguments()
    set_up(asked)
    try:
        rows: dict[str, float] = {}
        facts: dict[str, Any] = {"world": dist.get_world_size(), "seed": asked.seed}
        for case in (batch_norm, uneven_shares, padded_sequences, dropout, order):
            found, more = case(asked)
            rows |= found
            facts |= more
        if dist.get_rank() == 0:
            report(asked, {**facts, "differences": rows})
    finally:
        dist.destroy_process_group()


Found = tuple[dict[str, float], dict[str, Any]]  # differences by case, other facts


def batch_norm(asked: argparse.Namespace) -> Found:
    """Normalize hidden features by the share, by all shares, and by the whole batch."""
    P, rank = dist.get_world_size(), dist.get_rank()
    x, y = draw(asked, (EACH * P, FEATURES), (EACH * P, 1))
    weights = draw(asked, (FEATURES, HIDDEN), (HIDDEN,), (HIDDEN,), (HIDDEN, 1))

    def loss(norm: Any, x: Tensor, y: Tensor) -> Tensor:
        first, scale, shift, last = weights
        return (norm(x @ first, scale, shift).tanh() @ last - y).square().mean()

    whole = first_rank(lambda: gradient(loss(norm_by_batch, x, y), weights))
    found = {}
    for name, norm in (("own share", norm_by_batch), ("synchronized", norm_by_all)):
        mine = gradient(loss(norm, x.chunk(P)[rank], y.chunk(P)[rank]), weights)
        found[f"batch norm, {name}"] = difference(sum_over_ranks(mine) / P, whole)
    kept, right = (z @ weights[0] for z in (x.chunk(P)[rank], x))  # (n, hidden) each
    found["batch norm, variance kept"] = difference(kept.var(0), right.var(0))
    return found, {}


def norm_by_batch(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Normalize by the mean and variance of the examples here, (n, features)."""
    return F.batch_norm(x, None, None, scale, shift, training=True)


def norm_by_all(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Normalize by the mean and variance of the examples of all ranks."""
    count = torch.full_like(x[0], len(x))
    sums = SumOverRanks.apply(torch.stack([x.sum(0), x.square().sum(0), count]))
    mean, square = sums[0] / sums[2], sums[1] / sums[2]  # (features,) each
    return (x - mean) / (square - mean.square() + 1e-5).sqrt() * scale + shift


class SumOverRanks(torch.autograd.Function):
    """An all-reduce that backward passes, too.

    Each rank's loss depends on the sum, so the gradient of what a rank added to it is
    the sum of the gradients that come back on all ranks.
    """

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        """Return the sum over all ranks."""
        return sum_over_ranks(x)

    @staticmethod
    def backward(_: Any, grad: Tensor) -> Tensor:
        """Return the sum of all ranks' gradients."""
        return sum_over_ranks(grad)


def uneven_shares(asked: argparse.Namespace) -> Found:
    """Give each rank three examples more than the one before."""
    sizes = [EACH + 3 * rank for rank in range(dist.get_world_size())]
    x, y, w = draw(asked, (sum(sizes), FEATURES), (sum(sizes),), (FEATURES,))
    losses = (x @ w - y).square()  # (all examples,)
    return weigh("uneven shares", losses.split(sizes)[dist.get_rank()], losses, w)


def padded_sequences(asked: argparse.Namespace) -> Found:
    """Give each rank as many sequences, of which padding makes one rectangle."""
    P, T = dist.get_world_size(), 12
    x, w = draw(asked, (EACH * P, T, FEATURES), (FEATURES, HIDDEN))
    scores = F.log_softmax(x @ w, dim=-1)  # (sequences, time, classes)
    rng = torch.Generator().manual_seed(asked.seed)
    lengths = torch.randint(1, T + 1, (EACH * P, 1), generator=rng)
    real = (torch.arange(T) < lengths).to(asked.device)  # (sequences, time)
    here = torch.arange(EACH * P).chunk(P)[dist.get_rank()]
    losses = -scores[:, :, 0]  # of tokens, all of class 0
    return weigh("padded sequences", losses[here][real[here]], losses[real], w)


def weigh(case: str, mine: Tensor, every: Tensor, w: Tensor) -> Found:
    """Average means of shares; then divide sums by the number of all terms."""
    whole = first_rank(lambda: gradient(every.mean(), [w]))
    P, count = dist.get_world_size(), sum_over_ranks(mine.new_tensor(len(mine)))
    means = sum_over_ranks(gradient(mine.mean(), [w])) / P
    sums = sum_over_ranks(gradient(mine.sum() / count, [w]))
    found = {"mean of means": means, "sums over the whole count": sums}
    return {f"{case}, {n}": difference(g, whole) for n, g in found.items()}, {}


def dropout(asked: argparse.Namespace) -> Found:
    """Drop half of the features, with one seed for all ranks and with one for each."""
    P, rank = dist.get_world_size(), dist.get_rank()
    x, y, w = draw(asked, (EACH * P, FEATURES), (EACH * P,), (FEATURES,))
    # what half of the features, doubled, add to a squared error's mean is known
    expected = gradient(((x @ w - y).square() + x.square() @ w.square()).mean(), [w])
    alone = first_rank(lambda: gradients_of_draws(masks(asked, 0, EACH * P), x, y, w))
    found, spread = {}, {}
    for name, seed in (("one seed", 0), ("a seed each", rank)):
        share = x.chunk(P)[rank], y.chunk(P)[rank]
        mine = gradients_of_draws(masks(asked, seed, EACH), *share, w)
        mean = sum_over_ranks(mine) / P  # (draws, features)
        one = None if alone is None else alone[0]
        found[f"dropout, {name}, first draw"] = difference(mean[0], one)
        for k in DRAWS:
            case = f"dropout, {name}, mean of {k} against expectation"
            found[case] = difference(mean[:k].mean(0), expected)
        spread[name] = float(mean.std(0).norm() / expected.norm())
    return found, {"spread_of_a_draw": spread}


def masks(asked: argparse.Namespace, seed: int, examples: int) -> Tensor:
    """Return twice what is kept in each draw, (draws, examples, features)."""
    rng = torch.Generator().manual_seed(1000 * asked.seed + seed)
    kept = torch.rand(max(DRAWS), examples, FEATURES, generator=rng) < 0.5
    return 2 * kept.to(asked.device, torch.float64)


@torch.no_grad()
def gradients_of_draws(masks: Tensor, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """Return the gradient of the mean squared error of each draw, (draws, features)."""
    dropped = masks * x  # (draws, examples, features)
    return 2 * ((dropped @ w - y).unsqueeze(-1) * dropped).mean(1)


def order(asked: argparse.Namespace) -> Found:
    """Share out one example more than divides, in two epochs."""
    P, rank, found = dist.get_world_size(), dist.get_rank(), {}
    x, y, w = draw(asked, (EACH * P + 1, FEATURES), (EACH * P + 1,), (FEATURES,))
    losses = (x @ w - y).square()
    whole = first_rank(lambda: gradient(losses.mean(), [w]))
    for name, drop in (("repeated", False), ("left out", True)):
        options: Any = {"seed": asked.seed, "drop_last": drop}  # it shuffles
        sampler: Any = DistributedSampler(TensorDataset(x), P, rank, **options)
        mine = sum_over_ranks(gradient(losses[list(sampler)].mean(), [w])) / P
        found[f"order of data, examples {name}"] = difference(mine, whole)
    orders = [list(sampler), list(sampler)]
    sampler.set_epoch(1)
    orders.append(list(sampler))
    facts = {"untold": orders[1] == orders[0], "told": orders[2] == orders[0]}
    return found, {"next_epoch_has_the_same_order": facts}


def draw(asked: argparse.Namespace, *shapes: tuple[int, ...]) -> list[Tensor]:
    """Return normal numbers, the same on all ranks, to which gradients can be taken."""
    rng = torch.Generator().manual_seed(asked.seed)
    rows = (torch.randn(s, generator=rng, dtype=torch.float64) for s in shapes)
    return [row.to(asked.device).requires_grad_() for row in rows]


def gradient(loss: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Return the gradient of all weights in one row."""
    grads = torch.autograd.grad(loss, weights, retain_graph=True)
    return torch.cat([g.flatten() for g in grads])


def sum_over_ranks(row: Tensor) -> Tensor:
    """Return the sum of all ranks' rows."""
    total = row.detach().clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total


def first_rank(compute: Callable[[], Tensor]) -> Tensor | None:
    """Compute something on the first rank alone."""
    return compute() if dist.get_rank() == 0 else None


@torch.no_grad()
def difference(found: Tensor, expected: Tensor | None) -> float:
    """Return the largest difference over the largest number, on the first rank."""
    if expected is None:
        return math.nan
    return float((found - expected).abs().max() / expected.abs().max())


def report(asked: argparse.Namespace, run: dict[str, Any]) -> None:
    """Print the table, and write it."""
    for case, size in run["differences"].items():
        print(f"{case:54} {size:.1e}")
    for name, size in run["spread_of_a_draw"].items():
        print(f"dropout, {name}: a draw's deviation is {size:.2f} of the mean")
    same = run["next_epoch_has_the_same_order"]
    print(f"the next epoch has the same order: {same}", flush=True)
    if asked.out:
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
    """Read the command line; make --out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--seed", type=int, default=0, help="of data and masks; default: 0")
    add("--out", type=Path, help="a folder for run.json, made if it is not there")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--backend", choices=("auto", "gloo", "nccl"), default="auto")
    asked = parser.parse_args()
    try:
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{error.strerror}: {error.filename}; name another.")
    return asked


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong, once for all processes, and end."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr, flush=True)
    else:
        time.sleep(1)  # torchrun ends all when the first one ends: let rank 0 speak
    sys.exit(2)


if __name__ == "__main__":
    main()
