"""Three readers of the same sentence: windows of words, one word at a time, all pairs.

Each takes word numbers (batch, T), 0 for padding at the end, and returns two scores
(batch, 2). The first is that of Kim (2014, https://arxiv.org/abs/1408.5882), smaller.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from largemodels.language.blocks import Transformer
from largemodels.language.positions import Sinusoidal
from largemodels.language.snippets import PADDING


class TextCNN(nn.Module):
    """Ask of each three, four and five words in a row; keep the strongest answers."""

    def __init__(self, vocabulary: int, width: int = 64, filters: int = 32) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, PADDING)
        sizes = (3, 4, 5)
        convs = [nn.Conv1d(width, filters, k, padding=k - 1) for k in sizes]
        self.windows = nn.ModuleList(convs)
        self.dropout = nn.Dropout(0.5)
        self.scores = nn.Linear(len(sizes) * filters, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the scores of both classes."""
        x = self.words(ids).mT  # (batch, width, T)
        maps = [conv(x).relu() for conv in self.windows]  # (batch, filters, T + k - 1)
        best = torch.cat([y.amax(dim=2) for y in maps], dim=1)  # (batch, 3 filters)
        return self.scores(self.dropout(best))


class TextRNN(nn.Module):
    """Read word by word, once forth and once back; decide from the two last states."""

    def __init__(self, vocabulary: int, width: int = 64) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, PADDING)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.5)
        self.scores = nn.Linear(2 * width, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the scores of both classes."""
        lengths = (ids != PADDING).sum(dim=1).clamp(min=1)  # so that no padding is read
        x = pack_padded_sequence(self.words(ids), lengths, True, enforce_sorted=False)
        _, last = self.gru(x)  # (2, batch, width)
        return self.scores(self.dropout(last.transpose(0, 1).flatten(1)))


class TextTransformer(nn.Module):
    """Let all words look at all words; decide from the mean of what they became."""

    def __init__(self, vocabulary: int, width: int = 64) -> None:
        super().__init__()
        self.net = Transformer(vocabulary, width, heads=2, layers=1, place=Sinusoidal())
        nn.init.normal_(self.net.words.weight, std=width**-0.5)
        self.dropout = nn.Dropout(0.5)
        self.scores = nn.Linear(width, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the scores of both classes."""
        real = ids != PADDING  # (batch, T)
        x = self.net(ids, mask=real[:, None, None, :])  # nobody looks at padding
        share = real / real.sum(dim=1, keepdim=True).clamp(min=1)
        mean = (share[:, None] @ x)[:, 0]  # (batch, width), of real words only
        return self.scores(self.dropout(mean))
