"""Checkers of the exercises of scaling/pipeline-parallel."""

from itertools import combinations, pairwise
from math import ceil
from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_equal
from largemodels.scaling import schedules


def order(answer: Any, rng: np.random.Generator) -> str:
    """Judge a process's order in 1F1B, by letting all processes go by theirs."""
    for P, M in ((2, 3), (4, 8), (3, 2), (int(rng.integers(3, 7)), int(rng.integers(8, 20))), (1, 4)):
        orders = [[(kind, rank, int(micro)) for kind, micro in call(answer, rank, P, M)] for rank in range(P)]
        where = f"with {P} processes and {M} micro-batches"
        for rank, own in enumerate(orders):
            every = [(kind, rank, micro) for kind in "BF" for micro in range(M)]
            hint = "each micro-batch has one ('F', number) and one ('B', number), from 0 on."
            expect(sorted(own) == every, f"{where}, process {rank} does something twice, or not at all: {hint}")
        _expect_in_time(orders, P, M, where)
    return "it waits no longer than GPipe, and remembers no more than those that follow it."


def _expect_in_time(orders: list[schedules.Order], P: int, M: int, where: str) -> None:
    try:
        slots = schedules.simulate(orders, {"F": 1, "B": 2})
    except ValueError as waits:
        expect(False, f"{where}, nobody can go on. {waits}")
    for rank, most in enumerate(schedules.in_flight(slots)):
        hint = "Go backward as soon as you can."
        least = min(M, P - rank)
        expect(most <= least, f"{where}, process {rank} remembers {most} micro-batches, and needs only {least}. {hint}")
    found, formula = schedules.bubble(slots), schedules.idle(P, M)
    hint = f"Process r begins with P - r - 1 forward passes. It idles {found:.0%} of the time, not {formula:.0%}."
    expect(found < formula + 1e-9, f"{where}, there is more waiting than there must be. {hint}")


def least_micros(answer: Any, rng: np.random.Generator) -> str:
    """Judge how many micro-batches keep the bubble below a share of all time."""
    for case in range(8):
        P, share = int(rng.integers(2, 65)), float(rng.uniform(0.02, 0.4))
        if case == 0:
            P, share = 5, 0.25  # met exactly
        right = ceil((P - 1) * (1 - share) / share - 1e-9)
        got = call(answer, P, share)
        hint = "Solve (P - 1) / (M + P - 1) = share for M, and take the next whole number."
        if np.isclose(got, ceil((P - 1) / share - 1e-9)):
            hint = "That is the share of the time that is used; here the bubble is a share of all time."
        elif got == right - 1:
            hint = "With that many the bubble is still larger: round up."
        expect_equal(got, right, where=f"for {P} stages and a share of {share:.3f},", hint=hint)
    return "some four micro-batches a stage for a bubble of a fifth."


def cut(answer: Any, rng: np.random.Generator) -> str:
    """Judge a cut of layers into stages whose slowest is as fast as it can be."""
    for case in range(8):
        costs = [int(c) for c in rng.integers(1, 12, int(rng.integers(6, 11)))]
        if case % 2:
            costs[-1] += 25  # a head over a large vocabulary
        P = int(rng.integers(2, 5))
        got = [int(n) for n in call(answer, list(costs), P)]
        where = f"for costs {costs} and {P} stages"
        hint = "return how many layers each stage has, at least one each, together all."
        expect(len(got) == P and min(got, default=0) > 0 and sum(got) == len(costs), f"{where}: {hint}")
        slowest, best = max(_stages(costs, got)), min(max(_stages(costs, lengths)) for lengths in _cuts(costs, P))
        hint = "As many layers for each is not as much work for each." if max(got) - min(got) <= 1 else "Try every cut."
        expect(slowest == best, f"{where}, your slowest stage takes {slowest}, and {best} is possible. {hint}")
    return "a pipeline is as fast as its slowest stage."


def _stages(costs: list[int], lengths: list[int]) -> list[int]:
    edges = np.cumsum([0, *lengths])
    return [sum(costs[start:end]) for start, end in pairwise(edges)]


def _cuts(costs: list[int], P: int) -> list[list[int]]:
    inner = combinations(range(1, len(costs)), P - 1)
    return [list(np.diff([0, *edges, len(costs)])) for edges in inner]


def sent(answer: Any, rng: np.random.Generator) -> str:
    """Judge the numbers that a process sends in a step."""
    for _ in range(4):
        P = int(rng.integers(2, 9))
        B, T, d = (int(n) for n in rng.integers(2, 500, 3))
        for rank in range(P):
            neighbors = (rank > 0) + (rank < P - 1)
            got, right = call(answer, rank, P, B, T, d), neighbors * B * T * d
            hint = "An activation of every token goes on to the next stage; its gradient goes back to the one before."
            if got == 2 * B * T * d:
                hint = "Has this process two neighbors?"
            elif got == B * T * d:
                hint = "It sends forward, and it sends back."
            where = f"for process {rank} of {P}, {B} sequences of {T} tokens and width {d},"
            expect_equal(got, right, where=where, hint=hint)
    return "no parameter is in it, and no micro-batch."


def remembered(answer: Any, rng: np.random.Generator) -> str:
    """Judge the micro-batches that a process holds at once."""
    for P, M in ((4, 8), (8, 3), (1, 5), (int(rng.integers(2, 10)), int(rng.integers(2, 30)))):
        for rank in range(P):
            for schedule, right in (("gpipe", M), ("1f1b", min(M, P - rank))):
                got = call(answer, schedule, rank, P, M)
                hint = "Count what has gone forward and not yet backward when it is most."
                if schedule == "1f1b" and got == P - rank:
                    hint = "There are no more micro-batches than M."
                elif schedule == "1f1b" and got == P:
                    hint = "Only the first process waits for all P; the last one goes back at once."
                where = f"for {schedule}, process {rank} of {P} and {M} micro-batches,"
                expect_equal(got, right, where=where, hint=hint)
    return "more micro-batches make GPipe's memory grow, and 1F1B's not."
