"""Every way of writing the product is PyTorch's product."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from largemodels.foundations.products import by_dots, by_numbers, by_rows, by_zip

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))


@pytest.mark.parametrize("product", [by_numbers, by_zip, by_dots, by_rows])
@given(sizes=SIZES, seed=st.integers(0, 100))
def test_it_is_pytorchs_product(product, sizes, seed):
    n, k, m = sizes
    generator = torch.Generator().manual_seed(seed)
    A = torch.randn(n, k, dtype=torch.float64, generator=generator)
    B = torch.randn(k, m, dtype=torch.float64, generator=generator)
    lists = product in (by_numbers, by_zip)
    got = product(A.tolist(), B.tolist()) if lists else product(A, B)
    torch.testing.assert_close(torch.as_tensor(got, dtype=torch.float64), A @ B, atol=1e-12, rtol=0)


def test_number_by_number_takes_tensors_too():
    A, B = torch.randn(2, 3), torch.randn(3, 2)
    torch.testing.assert_close(torch.tensor(by_numbers(A, B)), A @ B)
