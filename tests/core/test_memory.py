"""What is free goes back to the system."""

import ctypes
import sys

import psutil
import pytest
import torch

from largemodels.core.memory import release

is_glibc = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")
glibc = pytest.mark.skipif(not is_glibc, reason="another C library")


@glibc
def test_gaps_between_tensors_are_given_back():
    process = psutil.Process()
    tensors = [torch.ones(25_000) for _ in range(2000)]  # 100 kB each, too small for pages of their own
    full = process.memory_info().rss
    del tensors[::2]
    tensors[-1] += 1  # the last stays, so the heap can't shrink from its end
    release()
    assert process.memory_info().rss < full - 50e6


def test_it_may_be_called_at_any_time():
    release()
    release()
