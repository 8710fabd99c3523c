"""What exchanges cost: bytes sent by each process, seconds by alpha and beta, and the stages of ZeRO.

P processes; a message is what all of them reduce or gather together.
"""

from __future__ import annotations

STATES = {"parameters": 4, "gradients": 4, "moments": 8}  # bytes a parameter: Adam in 32 bits
CUT_FROM = {"parameters": 3, "gradients": 2, "moments": 1}  # the stage of ZeRO that cuts a state


def half_ring(message: float, P: int) -> float:
    """Return the bytes that each sends in a reduce-scatter or an all-gather."""
    return message * (P - 1) / P


def ring(message: float, P: int) -> float:
    """Return the bytes that each sends in an all-reduce (Patarasuk and Yuan, 2009)."""
    return 2 * half_ring(message, P)


def ring_seconds(message: float, P: int, alpha: float, beta: float) -> float:
    """Return how long a ring takes if a message of n bytes takes alpha + beta n seconds."""
    return 2 * (P - 1) * (alpha + beta * message / P)


def zero_bytes(stage: int, P: int) -> float:
    """Return the bytes that each process holds of a parameter (Rajbhandari and others, 2020, figure 1)."""
    return sum(size / (P if stage >= CUT_FROM[state] else 1) for state, size in STATES.items())


def zero_sent(stage: int, P: int) -> float:
    """Return how many numbers each process sends in a step, for each parameter (the same, section 7)."""
    return (3 if stage == 3 else 2) * half_ring(1, P)
