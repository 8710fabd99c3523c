"""What all tests share. Property tests have no deadline, since a busy machine is no failure."""

import pytest
import torch
from hypothesis import settings

settings.register_profile("book", deadline=None)
settings.load_profile("book")


@pytest.fixture
def one_thread():
    """Add numbers in one order, on any machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
