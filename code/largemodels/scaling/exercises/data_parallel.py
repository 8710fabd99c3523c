"""Checkers of the exercises of scaling/data-parallel."""

from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_close, expect_equal


def piece(answer: Any, rng: np.random.Generator) -> str:
    """Judge the schedule of a ring, by running it."""
    for P in (3, 4, int(rng.integers(5, 9)), 2):
        start = rng.standard_normal((P, P))  # (ranks, pieces)
        rows = start.copy()
        for turn in range(2 * P - 2):
            rows = _pass_on(rows, [call(answer, rank, turn, P) for rank in range(P)], turn)
            if turn == P - 2:
                complete = np.isclose(rows, start.sum(axis=0)).sum(axis=1)
                problem = f"after {P - 1} turns among {P} processes, some have no whole sum."
                expect((complete >= 1).all(), f"{problem} Pass on in each turn what came in the last.")
        whole = np.isclose(rows, start.sum(axis=0)).all()
        problem = f"after {2 * P - 2} turns among {P} processes, not all pieces are sums."
        expect(whole, f"{problem} In the second half, begin with the piece that is complete.")
    return "every process ends with every sum."


def _pass_on(rows: np.ndarray, sent: list[Any], turn: int) -> np.ndarray:
    """Return what each process has after a turn: added to its own in the first half, then in its place."""
    P = len(rows)
    expect(all(float(s).is_integer() and 0 <= s < P for s in sent), f"return whole numbers from 0 to {P - 1}.")
    expect(len(set(sent)) == P, f"in turn {turn} of {P} processes, two send a piece of the same number.")
    after = rows.copy()
    for rank, number in enumerate(map(int, sent)):
        to = (rank - 1) % P
        after[to, number] = rows[rank, number] + (rows[to, number] if turn < P - 1 else 0)
    return after


def factor(answer: Any, rng: np.random.Generator) -> str:
    """Judge the factor that makes a mean of means a mean over everything."""
    for _ in range(6):
        P = int(rng.integers(2, 7))
        counts = [int(n) for n in rng.integers(1, 60, P)]
        counts[0] += 60  # never all alike
        for rank in range(P):
            got, right = float(call(answer, list(counts), rank)), P * counts[rank] / sum(counts)
            hint = "After DDP's mean, each token must weigh one over all tokens."
            if np.isclose(got, counts[rank] / sum(counts)):
                hint = "DDP divides by the number of processes, too: take that back."
            elif np.isclose(got, sum(counts) / (P * counts[rank])):
                hint = "That is upside down: who has more tokens counts for more."
            elif np.isclose(got, counts[rank]):
                hint = "A sum of losses is a start; divide by the tokens of all processes."
            where = f"for counts {counts} and rank {rank},"
            expect_close(np.array(got), np.array(right), 1e-6, where=where, hint=hint)
    return "1 for all where shares are equal, which is why one can train for long without it."


def buckets(answer: Any, rng: np.random.Generator) -> str:
    """Judge the filling of buckets from the last gradient to the first."""
    for case in range(10):
        sizes = [int(s) for s in rng.integers(1, 40, int(rng.integers(3, 14)))]
        full = sizes[-1] + sizes[-2]  # in the last cases, the first bucket is full to the byte
        limit = full if case > 7 else int(rng.integers(5, 90))
        got = [[int(i) for i in bucket] for bucket in call(answer, list(sizes), limit)]
        right = _filled(sizes, limit, list(reversed(range(len(sizes)))))
        hint = "A bucket is closed by the gradient with which it holds the limit or more."
        if got == _filled(sizes, limit, list(range(len(sizes)))):
            hint = "Backward begins with the last layer: go through them in reverse."
        elif [] in got:
            hint = "A bucket without a gradient is not sent."
        elif [sorted(bucket) for bucket in got] == [sorted(bucket) for bucket in right]:
            hint = "Within a bucket, too, the last gradient comes first."
        elif got and sum(map(len, got)) < len(sizes):
            hint = "The last bucket is sent, too, full or not."
        elif sorted(i for bucket in got for i in bucket) != list(range(len(sizes))):
            hint = "Each gradient goes into one bucket."
        expect_equal(got, right, where=f"for sizes {sizes} and a limit of {limit},", hint=hint)
    return "all processes fill theirs alike, because all go by the same order."


def held(answer: Any, rng: np.random.Generator) -> str:
    """Judge the bytes that ZeRO leaves on each device."""
    for _ in range(5):
        N, P = float(rng.integers(10**6, 10**11)), int(rng.integers(2, 2000))
        for stage in range(4):
            cut = [12, 2, 2][:stage]
            right = (16 - sum(cut)) * N + sum(cut) * N / P
            got = float(call(answer, N, P, stage))
            hint = "Stage 1 cuts the optimizer, stage 2 also the gradients, stage 3 also the parameters."
            if np.isclose(got, 16 * N / P) and stage < 3:
                hint = "That cuts everything already: only stage 3 does."
            elif np.isclose(got, (16 - sum(cut)) * N) and stage:
                hint = "What is cut is not gone: each device keeps its slice."
            elif np.isclose(got, (16 - sum([2, 2, 12][:stage])) * N + sum([2, 2, 12][:stage]) * N / P):
                hint = "The other way round: the optimizer is cut first, since it is the largest."
            where = f"for {N:.3g} parameters on {P} devices at stage {stage},"
            expect_close(np.array(got), np.array(right), 1e-6, where=where, hint=hint)
    return "the optimizer first, because three quarters of all bytes are its."


def waiting(answer: Any, rng: np.random.Generator) -> str:
    """Judge how long the last buckets keep a step waiting."""
    for case in range(10):
        backward, k = float(rng.uniform(0.01, 1)), int(rng.integers(1, 20))
        exchange = backward / k * float(rng.uniform(0.1, 0.9) if case % 2 else rng.uniform(1.1, 3))
        right = exchange if exchange <= backward / k else backward / k + k * exchange - backward
        got = float(call(answer, backward, k, exchange))
        hint = "A bucket's exchange begins when the bucket is ready and the one before it is done."
        if np.isclose(got, right + backward):
            hint = "That counts from the beginning of backward, not from its end."
        elif np.isclose(got, k * exchange):
            hint = "That hides nothing: the first buckets leave while backward still computes."
        elif np.isclose(got, max(0, k * exchange - backward)):
            hint = "The first bucket cannot leave before it is ready, and the last is ready only at the end."
        where = f"for a backward pass of {backward:.3g} s, {k} buckets and {exchange:.3g} s an exchange,"
        expect_close(np.array(got), np.array(right), 1e-6, where=where, hint=hint)
    return "the last bucket's exchange is never hidden."


def _filled(sizes: list[int], limit: int, order: list[int]) -> list[list[int]]:
    full: list[list[int]] = [[]]
    for index in order:
        full[-1].append(index)
        if sum(sizes[i] for i in full[-1]) >= limit:
            full.append([])
    return full if full[-1] else full[:-1]
