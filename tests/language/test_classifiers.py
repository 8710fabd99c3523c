"""The three classifiers: shapes, padding that changes nothing, and that they learn."""

import pytest
import torch
from torch.nn import functional as F

from largemodels.foundations.fitting import accuracy, minibatches, train
from largemodels.language.classifiers import TextCNN, TextRNN, TextTransformer
from largemodels.language.snippets import encode, vocabulary, words

ALL = [TextCNN, TextRNN, TextTransformer]


@pytest.mark.parametrize("make", ALL)
def test_padding_changes_nothing(make):
    torch.manual_seed(0)
    net = make(20, width=8).eval()
    ids = torch.randint(2, 20, (3, 6))
    padded = torch.cat([ids, torch.zeros(3, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(net(padded), net(ids), rtol=0, atol=1e-5)


@pytest.mark.parametrize("make", ALL)
def test_learns_a_word_that_decides(make):
    torch.manual_seed(0)
    ids = torch.randint(3, 20, (400, 8), generator=torch.Generator().manual_seed(0))
    y = torch.arange(400) % 2
    ids[y == 1, 4] = 2
    net = make(20, width=16)
    for _ in range(8):
        batches = minibatches(ids, y, 50, torch.Generator().manual_seed(1))
        train(net, F.cross_entropy, torch.optim.Adam(net.parameters(), 1e-2), batches)
    assert accuracy(net, ids, y) > 0.95


def test_words_and_numbers():
    assert words("It's GREAT, isn't it? 10/10") == ["it's", "great", ",", "isn't", "it", "?", "10", "/", "10"]
    numbers = vocabulary(["a b a", "a c b"], 4)
    assert numbers == {"a": 2, "b": 3}
    assert encode(["a c b b", "b"], numbers, 3).tolist() == [[2, 1, 3], [3, 0, 0]]
