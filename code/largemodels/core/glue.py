"""Keep a computed number or word for the prose, so that no number is ever typed there."""

import numbers
from typing import Any

import numpy as np
import torch


def glue(name: str, value: Any) -> None:
    """Keep `value`, a number or a str, for {glue:text}`name` or {glue:text}`name:.3f` in the prose.

    NumPy and torch scalars become Python numbers. Where the book is not being built (in Colab, say), nothing
    happens. Raises TypeError if `value` is neither a single number nor a str.
    """
    plain = _plain(name, value)
    try:
        from myst_nb import glue as keep
    except ImportError:
        return
    keep(name, plain, display=False)


def _plain(name: str, value: Any) -> int | float | str:
    """Return `value` as the Python int, float or str that it stands for."""
    if isinstance(value, np.ndarray | np.generic | torch.Tensor) and np.prod(value.shape) == 1:
        value = value.item()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return float(value)
    raise TypeError(
        f"glue({name!r}, ...) keeps one number or a str, not {_kind(value)}: glue the number that the sentence needs."
    )


def _kind(value: Any) -> str:
    """Name the type of a value, and its shape if it has one."""
    shape = getattr(value, "shape", None)
    name = type(value).__name__
    return f"a {name} of shape {tuple(shape)}" if shape is not None else f"a {name}"
