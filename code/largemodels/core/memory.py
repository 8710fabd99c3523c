"""Memory of the process: what is free in it, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def release() -> None:
    """Give back what is free, where the C library would keep it for later: glibc, so Linux, and nowhere else.

    Activations of ever other sizes leave gaps that the next do not fit into, so that a process grows beyond what
    its tensors need. A notebook calls this between heavy cells, to stay within a small machine's memory.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
