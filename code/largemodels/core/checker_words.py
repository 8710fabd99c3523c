"""Put a reader's values and errors into words that fit in one sentence."""

import inspect
import linecache
import reprlib
import sysconfig
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_LIBRARIES = (
    str(Path(__file__).parents[1]),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<frozen",
    "<__array",
)


def spell(value: Any) -> str:
    """Return a value in few characters: six digits, small arrays in full, large ones by their shape."""
    try:
        return " ".join(_Short().repr(value).split())
    except Exception:  # the value is the reader's: its __repr__ may do anything
        return f"a {type(value).__name__}"


def spell_call(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Return a call in few characters, such as relu(-1.0)."""
    inside = [spell(value) for value in args] + [f"{name}={spell(value)}" for name, value in kwargs.items()]
    return f"{name_of(function)}({', '.join(inside)})"


def name_of(function: Any) -> str:
    """Return the name that a reader gave to a function or class; "your function" for one without a name."""
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else "your function"


def spell_signature(function: Callable[..., Any]) -> str:
    """Return a function's name and parameters, such as relu(x)."""
    return f"{name_of(function)}{inspect.signature(function)}"


def spell_error(error: BaseException) -> str:
    """Return an exception's name, its first line, and the line of the reader's own code that led to it."""
    try:
        text = str(error).strip()
    except Exception:
        text = ""
    what = f"{type(error).__name__}: {_clip(text.splitlines()[0])}" if text else type(error).__name__
    if isinstance(error, SyntaxError):
        return what
    frames = traceback.extract_tb(error.__traceback__, limit=-200)  # an endless recursion has thousands
    own = [frame for frame in frames if not frame.filename.startswith(_LIBRARIES)]
    if not own:
        return what
    source = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip()
    return f"{what}, at line {own[-1].lineno} of your code" + (f": `{_clip(source)}`" if source else "")


def as_array(value: Any) -> np.ndarray:
    """Return numbers of any kind (torch tensors with gradients, bfloat16, lists) as a NumPy array.

    Raises whatever NumPy, torch or the value itself raises if it is not made of numbers.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError("not made of numbers")
    return array


def spell_shape(shape: tuple[int, ...]) -> str:
    """Return a shape in words: "a single number" for ()."""
    return f"an array of shape {shape}" if shape else "a single number"


class _Short(reprlib.Repr):
    """Short text for Python's own containers, with numbers and arrays inside them spelled our way."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60

    def repr1(self, x: Any, level: int) -> str:
        if isinstance(x, float | np.floating):
            digits = f"{float(x):.6g}"
            return digits if set(digits) & set(".en") else f"{digits}.0"
        if isinstance(x, np.integer | np.complexfloating | np.bool_):
            return repr(x.item())
        if hasattr(x, "shape") and hasattr(x, "dtype"):
            return _spell_array(as_array(x))
        return super().repr1(x, level)


def _spell_array(array: np.ndarray) -> str:
    if array.size > 12:
        return spell_shape(array.shape)
    return np.array2string(array, precision=4, separator=", ", suppress_small=True)


def _clip(text: str, limit: int = 100) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
