"""Images moved within their frame."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from largemodels.foundations.shifts import shift

PIXELS = st.integers(-7, 7)


@given(PIXELS, PIXELS)
def test_every_pixel_is_where_it_was_sent(down, right):
    image = torch.arange(1.0, 31.0).reshape(1, 5, 6)
    moved = shift(image, down, right)
    for i in range(5):
        for j in range(6):
            inside = 0 <= i - down < 5 and 0 <= j - right < 6
            assert moved[0, i, j] == (image[0, i - down, j - right] if inside else 0)


def test_a_batch_moves_as_one():
    images = torch.rand(3, 1, 8, 8)
    assert torch.equal(shift(images, 2, -1)[1], shift(images[1], 2, -1))
