import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from largemodels.language.finetuning import nf4

# The table of the paper's appendix E and of bitsandbytes.
PUBLISHED = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
]  # fmt: skip
LEVELS = {"nf4": nf4.normal_levels(), "int4": nf4.even_levels()}
NUMBER = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)


def test_the_levels_are_the_published_ones() -> None:
    torch.testing.assert_close(nf4.normal_levels(), torch.tensor(PUBLISHED), atol=2e-6, rtol=0)


def test_int4_has_fifteen_even_levels() -> None:
    torch.testing.assert_close(nf4.even_levels().diff(), torch.full((14,), 1 / 7))
    assert nf4.even_levels()[[0, 7, 14]].tolist() == [-1, 0, 1]


@pytest.mark.parametrize("kind", LEVELS)
def test_each_weight_gets_its_nearest_level(kind: str) -> None:
    weights = torch.randn(4, 64, generator=Generator().manual_seed(0))
    numbers, scales = nf4.quantize(weights, LEVELS[kind])
    assert numbers.dtype == torch.uint8
    assert torch.equal(scales[:, 0], weights.abs().amax(1))
    nearest = (weights.view(-1, 64, 1) - LEVELS[kind] * scales.unsqueeze(-1)).abs().argmin(-1)
    assert torch.equal(numbers.long(), nearest)


@pytest.mark.parametrize("kind", LEVELS)
@settings(max_examples=200)
@given(st.lists(st.lists(NUMBER, min_size=8, max_size=8), min_size=1, max_size=4))
def test_no_weight_moves_by_more_than_half_the_widest_gap(kind: str, rows: list[list[float]]) -> None:
    weights, levels = torch.tensor(rows), LEVELS[kind]
    numbers, scales = nf4.quantize(weights, levels, block=8)
    moved = (nf4.dequantize(numbers, scales, levels) - weights).abs().double()
    widest = levels.double().diff().max()
    assert (moved <= widest / 2 * scales.double() * (1 + 1e-5)).all()


def test_the_largest_weight_and_zero_come_back_exactly() -> None:
    weights = torch.randn(64, generator=Generator().manual_seed(1))
    weights[5] = 0.0
    levels = nf4.normal_levels()
    back = nf4.dequantize(*nf4.quantize(weights, levels), levels).flatten()
    assert back[5] == 0.0
    assert back[weights.abs().argmax()] == weights[weights.abs().argmax()]
    assert torch.equal(nf4.dequantize(*nf4.quantize(torch.zeros(64), levels), levels), torch.zeros(1, 64))


def test_an_outlier_spoils_its_own_block_only() -> None:
    weights = torch.randn(2, 64, generator=Generator().manual_seed(3))
    levels = nf4.normal_levels()

    def error(weights: Tensor) -> Tensor:
        return (nf4.dequantize(*nf4.quantize(weights, levels), levels) - weights).abs().mean(1)

    before = error(weights)
    weights[0, 0] = 50.0
    after = error(weights)
    assert after[0] > 5 * before[0]
    assert after[1] == before[1]


def test_normal_weights_lose_less_in_normal_levels() -> None:
    weights = torch.randn(1000, 64, generator=Generator().manual_seed(2))

    def error(levels: Tensor) -> Tensor:
        return (nf4.dequantize(*nf4.quantize(weights, levels), levels) - weights).square().mean()

    assert error(nf4.normal_levels()) < 0.85 * error(nf4.even_levels())


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1))
def test_two_numbers_a_byte(pairs: list[tuple[int, int]]) -> None:
    numbers = torch.tensor(pairs, dtype=torch.uint8)
    packed = nf4.pack(numbers)
    assert packed.nbytes == len(pairs)
    assert torch.equal(nf4.unpack(packed), numbers.flatten())


def test_the_papers_bits() -> None:
    assert nf4.bits_a_weight(doubled=False) == 4.5
    assert nf4.bits_a_weight() == pytest.approx(4.127, abs=5e-4)


def test_a_block_must_be_full() -> None:
    with pytest.raises(ValueError, match=r"^65 weights do not fill blocks of 64\.$"):
        nf4.quantize(torch.zeros(65), nf4.normal_levels())
