"""Answers to the exercises of scaling/data-parallel, right and plausibly wrong."""


def piece(rank, turn, P):
    return (rank + turn) % P


def factor(counts, rank):
    return len(counts) * counts[rank] / sum(counts)


def buckets(sizes, limit, order=None, last=True):
    full, filling = [], []
    for index in order or reversed(range(len(sizes))):
        filling.append(index)
        if sum(sizes[i] for i in filling) >= limit:
            full.append(filling)
            filling = []
    return [*full, filling] if filling and last else full


def strictly(sizes, limit):
    full, filling = [], []
    for index in reversed(range(len(sizes))):
        filling.append(index)
        if sum(sizes[i] for i in filling) > limit:
            full.append(filling)
            filling = []
    return [*full, filling] if filling else full


def held(N, P, stage, cuts=(12, 2, 2)):
    cut = sum(cuts[:stage])
    return (16 - cut) * N + cut * N / P


def waiting(backward, k, exchange):
    free = 0.0
    for j in range(1, k + 1):
        free = max(free, j * backward / k) + exchange
    return free - backward


RIGHT = {"piece": piece, "factor": factor, "buckets": buckets, "held": held, "waiting": waiting}

WRONG = [
    ("piece", lambda rank, turn, P: rank, "some have no whole sum"),
    ("piece", lambda rank, turn, P: (rank - turn) % P, "some have no whole sum"),
    ("piece", lambda rank, turn, P: (rank + turn) % P if turn < P - 1 else (rank + turn + 1) % P, "begin with the"),
    ("piece", lambda rank, turn, P: 0, "two send a piece"),
    ("piece", lambda rank, turn, P: rank + turn, "whole numbers from 0"),
    ("factor", lambda counts, rank: counts[rank] / sum(counts), "take that back"),
    ("factor", lambda counts, rank: sum(counts) / (len(counts) * counts[rank]), "upside down"),
    ("factor", lambda counts, rank: counts[rank], "tokens of all processes"),
    ("factor", lambda counts, rank: 1, "each token must weigh"),
    ("buckets", lambda sizes, limit: buckets(sizes, limit, range(len(sizes))), "in reverse"),
    ("buckets", lambda sizes, limit: buckets(sizes, limit, last=False), "full or not"),
    ("buckets", strictly, "the limit or more"),
    ("buckets", lambda sizes, limit: [sorted(bucket) for bucket in buckets(sizes, limit)], "Within a bucket"),
    ("buckets", lambda sizes, limit: [*buckets(sizes, limit), []], "is not sent"),
    ("held", lambda N, P, stage: 16 * N / P, "only stage 3 does"),
    ("held", lambda N, P, stage: (16 - sum((12, 2, 2)[:stage])) * N, "keeps its slice"),
    ("held", lambda N, P, stage: held(N, P, stage, (2, 2, 12)), "The other way round"),
    ("held", lambda N, P, stage: held(N, P, stage) / 2, "Stage 1 cuts"),
    ("waiting", lambda b, k, e: waiting(b, k, e) + b, "not from its end"),
    ("waiting", lambda b, k, e: k * e, "hides nothing"),
    ("waiting", lambda b, k, e: max(0, k * e - b), "cannot leave before"),
    ("waiting", lambda b, k, e: e, "the one before it is done"),
]
