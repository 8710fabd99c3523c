"""Count the bytes that a computation holds at once, tensor by tensor: no clock, no noise."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def peak_bytes(f: Callable[[], Any]) -> int:
    """Return the most bytes that tensors made by f() fill at one time, its result included.

    Workspace inside a library's kernel is not seen. Gradients are off.
    """
    with torch.no_grad(), _Ledger() as ledger:
        f()
    return ledger.peak


class _Ledger(TorchDispatchMode):
    """Enter every new storage when it is made, and strike it out when it dies."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        inputs = {_address(x) for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
        result = func(*args, **(kwargs or {}))
        for x in tree_leaves(result):
            if isinstance(x, Tensor) and _address(x) not in inputs | self.known:
                self._enter(x)
        return result

    def _enter(self, x: Tensor) -> None:
        storage = x.untyped_storage()
        address, size = storage.data_ptr(), storage.nbytes()
        self.known.add(address)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._strike_out, address, size)

    def _strike_out(self, address: int, size: int) -> None:
        self.known.discard(address)
        self.now -= size


def _address(x: Tensor) -> int:
    return x.untyped_storage().data_ptr()
