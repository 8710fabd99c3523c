"""Measure what a computation costs, for cells tagged `measured`: quote ratios of these numbers, never the numbers."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def cpu_seconds(f: Callable[[], Any], repeats: int = 7) -> float:
    """Return the median CPU time of f(), in seconds, all threads of this process together."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        f()
        times.append(time.process_time() - start)
    return float(np.median(times))
