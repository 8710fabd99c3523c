"""Who does what when, in a pipeline: four schedules, and what becomes of them in time.

An action is its kind, its stage and its micro-batch: ("F", 2, 5) is the forward pass of
micro-batch 5 through stage 2, "B" its backward pass. Where that is cut in two, "B" is
the gradient of the stage's input and "W" that of its weights. A schedule is an order of
actions for each process; stage k is at home in process k % P.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product
from typing import Any

Action = tuple[str, int, int]  # kind, stage, micro-batch
Order = list[Action]
Cost = Mapping[str, float]  # of an action, by its kind
Slower = Mapping[int, float]  # by stage


@dataclass(frozen=True)
class Slot:
    """An action in its place: the process that does it, and from when to when."""

    rank: int
    kind: str
    stage: int
    micro: int
    start: float
    end: float


def gpipe(P: int, M: int) -> list[Order]:
    """Let M micro-batches through P processes forward, then all of them backward."""
    passes = [(kind, micro) for kind in "FB" for micro in range(M)]
    return [[(kind, rank, micro) for kind, micro in passes] for rank in range(P)]


def one_f_one_b(P: int, M: int) -> list[Order]:
    """Go backward as soon as possible: a process is ahead by those that follow it."""
    orders = []
    for rank in range(P):
        forward: Order = [("F", rank, micro) for micro in range(M)]
        backward: Order = [("B", rank, micro) for micro in range(M)]
        orders.append(alternate(forward, backward, ahead=P - 1 - rank))
    return orders


def interleaved(P: int, M: int, V: int) -> list[Order]:
    """Give each process V chunks, P stages apart; P micro-batches at a time go round.

    One chunk is plain 1F1B. Raises ValueError if P does not divide M.
    """
    if M % P:
        raise ValueError(f"{M} micro-batches don't fit {P} processes: take a multiple.")
    if V == 1:
        return one_f_one_b(P, M)
    orders = []
    for rank in range(P):
        stages = range(rank, P * V, P)
        forward = rounds("F", stages, P, M)
        backward = rounds("B", stages[::-1], P, M)
        orders.append(alternate(forward, backward, (V - 1) * P + 2 * (P - 1 - rank)))
    return orders


def rounds(kind: str, stages: Sequence[int], P: int, M: int) -> Order:
    """Return a process's passes: P micro-batches through all its stages, and so on."""
    turns = product(range(0, M, P), stages, range(P))
    return [(kind, stage, first + micro) for first, stage, micro in turns]


def alternate(forward: Order, backward: Order, ahead: int) -> Order:
    """Do some forward passes, then one forward and one backward, then what is left."""
    ahead = min(ahead, len(forward))
    pairs = zip(forward[ahead:], backward, strict=False)
    steady = [action for pair in pairs for action in pair]
    return forward[:ahead] + steady + backward[len(forward) - ahead :]


def zero_bubble(P: int, M: int) -> list[Order]:
    """Put the weights' gradients off to when there is nothing else to do: ZB-H1.

    Rank r does so by r micro-batches, so that no process holds more than the first does
    in 1F1B (Qi and others, 2024).
    """
    orders = []
    for rank, plain in enumerate(one_f_one_b(P, M)):
        order: Order = []
        for kind, stage, micro in plain:
            order.append((kind, stage, micro))
            if kind == "B" and micro >= rank:
                order.append(("W", stage, micro - rank))
        order += [("W", rank, micro) for micro in range(max(M - rank, 0), M)]
        orders.append(order)
    return orders


def simulate(orders: Sequence[Order], cost: Cost, delay: float = 0, slower: Slower | None = None) -> list[Slot]:
    """Start every action as soon as its process is free and what it needs has arrived.

    A result takes `delay` from one process to another, while both go on. `slower` says
    how many times as long as the cost some stages take. Raises ValueError for a kind
    without a cost, and for orders in which everybody waits.
    """
    stages, factor = count(orders, cost), slower or {}
    queues, free = [deque(order) for order in orders], [0.0] * len(orders)
    done: dict[Action, Slot] = {}
    while any(queues):
        heads = {rank: queue[0] for rank, queue in enumerate(queues) if queue}
        ready = [rank for rank in heads if needs(heads[rank], stages) <= done.keys()]
        if not ready:
            raise ValueError(deadlock(heads, stages, done))
        for rank in ready:
            action = queues[rank].popleft()
            given = [done[need] for need in needs(action, stages)]
            arrivals = [it.end + (delay if it.rank != rank else 0) for it in given]
            start = max([free[rank], *arrivals])
            free[rank] = start + cost[action[0]] * factor.get(action[1], 1)
            done[action] = Slot(rank, *action, start, free[rank])
    return list(done.values())


def needs(action: Action, stages: int) -> set[Action]:
    """Return the actions whose results this one takes."""
    kind, stage, micro = action
    if kind == "F":
        return {("F", stage - 1, micro)} if stage > 0 else set()
    if kind == "W":
        return {("B", stage, micro)}
    following = {("B", stage + 1, micro)} if stage < stages - 1 else set()
    return {("F", stage, micro)} | following


def count(orders: Sequence[Order], cost: Cost) -> int:
    """Return the number of stages. Raises ValueError for a kind without a cost."""
    actions = [action for order in orders for action in order]
    unknown = sorted({kind for kind, _, _ in actions} - cost.keys())
    if unknown:
        raise ValueError(f"Say what {', '.join(unknown)} costs: {dict(cost)} doesn't.")
    return 1 + max(stage for _, stage, _ in actions)


def deadlock(heads: dict[int, Action], stages: int, done: dict[Action, Slot]) -> str:
    """Say what each process waits for."""
    waits = []
    for rank, action in heads.items():
        missing = sorted(needs(action, stages) - done.keys())
        waits.append(f"process {rank} for {spell(*missing[0])} to do {spell(*action)}")
    return f"Everybody waits: {'; '.join(waits)}."


def spell(kind: str, stage: int, micro: int) -> str:
    """Name an action."""
    return f"{kind} of micro-batch {micro} on stage {stage}"


def read(run: Mapping[str, Any]) -> list[Slot]:
    """Return what the processes of `train_pipeline.py` recorded, from zero on."""
    ranks = enumerate(run["ranks"])
    slots = [Slot(rank=rank, **action) for rank, each in ranks for action in each["trace"]]
    zero = min(slot.start for slot in slots)
    return [replace(it, start=it.start - zero, end=it.end - zero) for it in slots]


def bubble(slots: Sequence[Slot]) -> float:
    """Return the share of all processes' time, from first to last, that is idle."""
    busy = sum(slot.end - slot.start for slot in slots)
    span = max(slot.end for slot in slots) - min(slot.start for slot in slots)
    return 1 - busy / (processes(slots) * span)


def idle(P: int, M: int, V: int = 1) -> float:
    """Return what the bubble is by the formula, for V chunks in each process."""
    return (P - 1) / (V * M + P - 1)


def in_flight(slots: Sequence[Slot]) -> list[int]:
    """Return the most activations that each process holds at once.

    One is held for each stage and micro-batch, from the end of its forward pass to that
    of its backward pass: to the end of W, where there is one.
    """
    last = "W" if any(slot.kind == "W" for slot in slots) else "B"
    change = {"F": 1, last: -1}
    most = []
    for rank in range(processes(slots)):
        own = sorted((it for it in slots if it.rank == rank), key=lambda it: it.end)
        most.append(max(accumulate((change.get(it.kind, 0) for it in own), initial=0)))
    return most


def processes(slots: Sequence[Slot]) -> int:
    """Return how many processes there are."""
    return 1 + max(slot.rank for slot in slots)
