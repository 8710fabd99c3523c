"""Answers to the exercises of scaling/pipeline-parallel, right and plausibly wrong."""

from itertools import combinations, pairwise
from math import ceil


def order(rank, P, M, ahead=None):
    ahead = min(M, P - rank - 1 if ahead is None else ahead)
    actions = [("F", micro) for micro in range(ahead)]
    for micro in range(M - ahead):
        actions += [("F", micro + ahead), ("B", micro)]
    return actions + [("B", micro) for micro in range(M - ahead, M)]


def least_micros(P, share):
    return ceil((P - 1) * (1 - share) / share - 1e-9)


def cut(costs, P):
    best = None
    for inner in combinations(range(1, len(costs)), P - 1):
        edges = [0, *inner, len(costs)]
        slowest = max(sum(costs[a:b]) for a, b in pairwise(edges))
        if best is None or slowest < best[0]:
            best = slowest, [b - a for a, b in pairwise(edges)]
    return best[1]


def even(costs, P):
    return [len(costs) // P + (stage < len(costs) % P) for stage in range(P)]


def lopsided(costs, P):
    return [1] * (P - 1) + [len(costs) - P + 1]


def sent(rank, P, B, T, d):
    return ((rank > 0) + (rank < P - 1)) * B * T * d


def remembered(schedule, rank, P, M):
    return M if schedule == "gpipe" else min(M, P - rank)


RIGHT = {"order": order, "least_micros": least_micros, "cut": cut, "sent": sent, "remembered": remembered}

WRONG = [
    ("order", lambda rank, P, M: order(rank, P, M, M), "needs only"),
    ("order", lambda rank, P, M: order(rank, P, M, 0), "more waiting than there must be"),
    ("order", lambda rank, P, M: order(rank, P, M)[:-1], "not at all"),
    ("order", lambda rank, P, M: order(rank, P, M)[::-1], "nobody can go on"),
    ("least_micros", lambda P, share: ceil((P - 1) / share - 1e-9), "a share of all time"),
    ("least_micros", lambda P, share: least_micros(P, share) - 1, "round up"),
    ("least_micros", lambda P, share: 4 * P, "Solve"),
    ("cut", even, "not as much work"),
    ("cut", lopsided, "Try every cut"),
    ("cut", lambda costs, P: [len(costs)] + [0] * (P - 1), "at least one each"),
    ("sent", lambda rank, P, B, T, d: 2 * B * T * d, "two neighbors"),
    ("sent", lambda rank, P, B, T, d: B * T * d, "sends back"),
    ("sent", lambda rank, P, B, T, d: T * d, "of every token"),
    ("remembered", lambda schedule, rank, P, M: M if schedule == "gpipe" else P, "Only the first"),
    ("remembered", lambda schedule, rank, P, M: M if schedule == "gpipe" else P - rank, "no more micro-batches"),
    ("remembered", lambda schedule, rank, P, M: M, "Count what has gone"),
]
