"""How much more devices help: two laws, and what `speedup.py` has measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def amdahl(serial: Any, p: Any) -> Any:
    """Return the speed-up of a job on p devices if this share of it can't be divided.

    Numbers or arrays. Amdahl, 1967, as his argument is written today: the job is the same, whatever p.
    """
    return 1 / (serial + (1 - serial) / p)


def gustafson(serial: Any, p: Any) -> Any:
    """Return how much more gets done on p devices in the same time.

    `serial` is the share of the *parallel* run's time (Gustafson, 1988): the job grows.
    """
    return p + (1 - p) * serial


def read(path: Path) -> pd.DataFrame:
    """Return the rows of a run.json of `speedup.py`, median milliseconds, by setting."""
    return _rows(path).drop(columns="steps").mul(1000)


def gains(path: Path) -> pd.DataFrame:
    """Return how many times faster than one process each number of them was.

    The median of ratios, each of two steps that were taken one after the other; by
    batch, code and processes.
    """
    steps = _rows(path)["steps"].unstack("processes")
    gain = {p: map(np.median, map(np.divide, steps[1], steps[p])) for p in steps.columns}
    return pd.DataFrame(gain, index=steps.index)


def _rows(path: Path) -> pd.DataFrame:
    table = pd.DataFrame(json.loads(path.read_text("utf-8"))["rows"])
    return table.set_index(["code", "batch", "processes"])
