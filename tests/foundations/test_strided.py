"""The view by hand against PyTorch's, after random chains of view operations."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from largemodels.foundations.strided import Strided

OPERATIONS = st.sampled_from(["transpose", "select", "every", "windows"])
CHAINS = st.lists(st.tuples(OPERATIONS, st.integers(0, 9)), max_size=5)


def step(view: Strided, tensor: torch.Tensor, name: str, pick: int) -> tuple[Strided, torch.Tensor]:
    """Apply one view operation to both; `pick` chooses axis and amount."""
    axes = len(view.shape)
    if axes == 0:
        return view, tensor
    axis, n = pick % axes, view.shape[pick % axes]
    if name == "transpose":
        return view.transpose(axis, axes - 1), tensor.transpose(axis, axes - 1)
    if name == "select":
        return view.select(axis, pick % n), tensor.select(axis, pick % n)
    if name == "every":
        return view.every(axis, 1 + pick % 3), tensor[(slice(None),) * axis + (slice(None, None, 1 + pick % 3),)]
    size = 1 + pick % view.shape[-1]
    return view.windows(size), tensor.unfold(-1, size, 1)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), CHAINS)
def test_any_chain_of_views_is_pytorchs(shape, chain):
    tensor = torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)
    view = Strided.of(tensor.flatten().tolist(), shape)
    for name, pick in chain:
        view, tensor = step(view, tensor, name, pick)
    assert (view.shape, view.strides, view.offset) == (tuple(tensor.shape), tensor.stride(), tensor.storage_offset())
    assert view.tolist() == tensor.tolist()


def test_a_view_copies_nothing():
    storage = [1.0, 2.0, 3.0, 4.0]
    view = Strided.of(storage, (2, 2)).transpose(0, 1)
    storage[2] = 30.0
    assert view.tolist() == [[1.0, 30.0], [2.0, 4.0]]


def test_expand_repeats_with_a_step_of_zero():
    column = Strided.of([1.0, 2.0], (2, 1)).expand(1, 3)
    theirs = torch.tensor([[1.0], [2.0]]).expand(2, 3)
    assert (column.strides, column.tolist()) == (theirs.stride(), theirs.tolist())


def test_expand_refuses_a_longer_axis():
    with pytest.raises(ValueError, match="axis 0 has length 2: only length 1 expands"):
        Strided.of([1.0, 2.0], (2,)).expand(0, 4)
