"""Random expressions, written once, evaluated with any numbers that have operators: ours or PyTorch's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Each keeps its result near the size of its operands, so that long expressions neither overflow nor vanish.
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": lambda a, b: a / (b * b + 1.0),
    "^": lambda a, b: (a + b) ** 3 / 10.0,
    "tanh": lambda a, b: a.tanh() + b,
    "exp": lambda a, b: (a.tanh() * b.tanh()).exp(),
    "log": lambda a, b: (a * a + b * b + 0.5).log(),
}


def random_expression(leaves: Sequence[Any], n_operations: int, seed: int) -> Any:
    """Apply `n_operations` random operations to random earlier results, starting from `leaves`; return the last.

    The same seed gives the same expression, whatever kind of number the leaves are. Results are squashed by tanh
    before they are used again, and every leaf is used.
    """
    rng = np.random.default_rng(seed)
    values = list(leaves)
    names = sorted(OPERATIONS)
    for i in range(n_operations):
        a = values[i] if i < len(leaves) else values[rng.integers(len(values))]
        b = values[rng.integers(len(values))]
        values.append(OPERATIONS[names[rng.integers(len(names))]](a, b.tanh()))
    total = values[0]
    for value in values[1:]:
        total = total + value.tanh()
    return total
