"""Pictograms: kinds that share no sign, pictures that differ, splits that don't leak."""

import pytest
import torch

from largemodels.foundations.pictograms import KINDS, _signs, load_pictograms, split


def test_no_sign_is_of_two_kinds():
    signs = [sign for runs in KINDS.values() for sign in _signs(runs)]
    assert len(signs) == len(set(signs))
    assert _signs("1F400-1F402 1F3FA") == ["🐀", "🐁", "🐂", "🏺"]


def test_split_is_balanced_apart_and_keeps_its_test_set():
    kinds = torch.tensor([0] * 12 + [1] * 30 + [2] * 15)
    few, test = split(kinds, n_train=2, n_test=4, seed=3)
    many, same = split(kinds, n_train=8, n_test=4, seed=3)
    assert torch.equal(test, same)
    assert set(few.tolist()) <= set(many.tolist())
    assert not set(many.tolist()) & set(test.tolist())
    assert kinds[many].bincount().tolist() == [8, 8, 8]
    assert not torch.equal(split(kinds, 2, 4, seed=4)[1], test)


def test_a_kind_with_too_few_is_refused():
    with pytest.raises(ValueError, match="Kind 0 has 3 images; ask for fewer than 5"):
        split(torch.tensor([0] * 3 + [1] * 9), n_train=3, n_test=2, seed=0)


@pytest.mark.models
def test_every_pictogram_is_drawn_in_color_and_in_the_middle():
    drawn = load_pictograms(size=32)
    assert drawn.images.shape == (389, 3, 32, 32)
    assert drawn.kinds.bincount().tolist() == [118, 124, 52, 28, 27, 40]
    assert len(drawn.signs) == len(set(drawn.signs)) == 389
    flat = drawn.images.flatten(1)
    assert len(flat.unique(dim=0)) == 389
    ink = drawn.images.amin(dim=1) < 0.9  # (389, 32, 32)
    for side in (ink.any(dim=1), ink.any(dim=2)):
        before, after = side.int().argmax(dim=1), side.flip(1).int().argmax(dim=1)
        assert (before - after).abs().max() <= 2
    apple = drawn.images[drawn.signs.index("🍎")]
    assert apple[0, 16, 16] > apple[2, 16, 16] + 0.5  # red, not blue
