"""The task is what it says, and the readers are what the chapter says of them."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from largemodels.foundations.fitting import accuracy, train
from largemodels.language.bottleneck import Additive, Attentive, Bottleneck, General
from largemodels.language.lookup import NAMES, bag_guess, lessons, phone_books, spell, split
from largemodels.language.positions import rotary
from largemodels.language.self_reader import SelfReader


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 26), seed=st.integers(0, 10**6))
def test_every_answer_stands_after_its_name(n, seed):
    tokens, answers = phone_books(n, 4, torch.Generator().manual_seed(seed))
    book, questions = split(tokens)
    for row, names, numbers in zip(book.tolist(), questions.tolist(), answers.tolist(), strict=True):
        entries = dict(zip(row[::2], row[1::2], strict=True))
        assert len(entries) == n
        assert [entries[name] - NAMES for name in names] == numbers


def test_spell_and_bag_guess_on_a_book_by_hand():
    tokens = torch.tensor([[3, 27, 10, 27, 0, 35, 0, 3, 10]])  # d1 k1 a9, then a, d, k
    assert spell(tokens[0]) == "d1k1a9adk"
    assert bag_guess(tokens, torch.tensor([[9, 1, 1]])) == 2 / 3


def test_lessons_have_all_sizes_and_the_same_again():
    sizes = [y.shape[1] for _, y in lessons(60, 3, 2, torch.Generator().manual_seed(0))]
    assert set(sizes) == {1, 2, 3}
    assert sizes == [y.shape[1] for _, y in lessons(60, 3, 2, torch.Generator().manual_seed(0))]


def test_shapes_and_weights():
    torch.manual_seed(0)
    tokens, _ = phone_books(5, 3, torch.Generator().manual_seed(0))
    readers = [Bottleneck(8), Attentive(8, General(8)), Attentive(8, Additive(8)), SelfReader(8, 2, turn=rotary)]
    assert [r(tokens).shape for r in readers] == [(3, 10, 5)] * 4
    for reader in readers[1:3]:
        weights = reader.look(tokens)[1]
        assert weights.shape == (3, 5, 10)
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, 5), rtol=0, atol=1e-6)


def test_additive_is_its_formula():
    torch.manual_seed(0)
    match, s, h = Additive(4), torch.randn(2, 3, 4), torch.randn(2, 5, 4)
    expected = match.v.weight[0] @ (match.W(s[1, 2]) + match.U(h[1, 4])).tanh()
    torch.testing.assert_close(match(s, h)[1, 2, 4], expected, rtol=0, atol=1e-6)


def test_attention_learns_in_200_steps_what_one_vector_does_not():
    scores = {}
    for name, make in (("vector", lambda: Bottleneck(32)), ("attention", lambda: Attentive(32, General(32)))):
        torch.manual_seed(0)
        net = make()
        g = torch.Generator().manual_seed(0)
        train(net, F.cross_entropy, torch.optim.Adam(net.parameters(), 5e-3), lessons(200, 6, 64, g))
        X, y = phone_books(6, 300, torch.Generator().manual_seed(1))
        scores[name] = accuracy(net, X, y)
    assert scores["attention"] > 0.95
    assert abs(scores["vector"] - bag_guess(X, y)) < 0.07
