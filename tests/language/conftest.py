"""What the tests of this part share."""

import pytest
import torch


@pytest.fixture
def one_thread():
    """Add numbers in one order, on any machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
