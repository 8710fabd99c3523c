"""A byte-pair tokenizer: start from bytes, and merge the commonest pair, over and over.

Sennrich, Haddow and Birch (2016) on words, on bytes as in GPT-2. Text is first cut into
words by GPT-2's rule; no merge crosses a cut.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import pairwise

import regex

Pair = tuple[int, int]

# A word with the blank before it, or a number, or signs; the last blank of many stays
# with the word behind it.
LETTERS, NUMBER, SIGNS = r" ?\p{L}+", r" ?\p{N}+", r" ?[^\s\p{L}\p{N}]+"
ENDINGS, BLANKS = r"'(?:s|t|re|ve|m|ll|d)", r"\s+(?!\S)|\s+"
WORD = regex.compile("|".join([ENDINGS, LETTERS, NUMBER, SIGNS, BLANKS]))

# Tokens 0 to 255 are the bytes, those that print in Latin-1 first: GPT-2's order.
PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = PRINTED + sorted(set(range(256)) - set(PRINTED))
TOKEN_OF_BYTE = {byte: token for token, byte in enumerate(BYTES)}


def words(text: str, single_digits: bool = False) -> Iterator[str]:
    """Yield the pieces of a text that no token crosses; together they are the text."""
    pieces = regex.split(r"(\p{N})", text) if single_digits else [text]
    for piece in pieces:
        yield from WORD.findall(piece)


def to_bytes(word: str) -> list[int]:
    """Return the tokens of a word before any merge: one for each byte."""
    return [TOKEN_OF_BYTE[byte] for byte in word.encode()]


def merge(tokens: list[int], pair: Pair, new: int) -> list[int]:
    """Replace each occurrence of the pair, from the left, by the new token."""
    merged, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


def train(text: str, merges: int) -> list[Pair]:
    """Return the merges, commonest first; the k-th of them makes token 256 + k.

    Of pairs that are equally common, the one with the smaller tokens is merged. Stops
    early where no pair is left.
    """
    corpus = Corpus(text)
    learned: list[Pair] = []
    while len(learned) < merges and corpus.counts:
        pair = min(corpus.counts, key=lambda pair: (-corpus.counts[pair], pair))
        corpus.merge(pair, new=256 + len(learned))
        learned.append(pair)
    return learned


class Corpus:
    """The different words of a text, how often each pair occurs, and in which words."""

    def __init__(self, text: str) -> None:
        counted = Counter(words(text))
        self.words = [to_bytes(word) for word in counted]
        self.times = list(counted.values())
        self.counts: Counter[Pair] = Counter()
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)  # pair -> words
        for i in range(len(self.words)):
            self.count(i, +1)

    def count(self, i: int, sign: int) -> None:
        """Add word i to the counts of its pairs, or take it out."""
        for pair in pairwise(self.words[i]):
            self.counts[pair] += sign * self.times[i]
            self.where[pair].add(i)

    def merge(self, pair: Pair, new: int) -> None:
        """Merge a pair in every word that has it; no other word is touched."""
        for i in self.where.pop(pair):
            self.count(i, -1)
            self.words[i] = merge(self.words[i], pair, new)
            self.count(i, +1)
        self.counts = +self.counts  # drops what has come to nothing


class Tokenizer:
    """Text to tokens and back, by a list of merges."""

    def __init__(self, merges: list[Pair], single_digits: bool = False) -> None:
        self.merges, self.single_digits = merges, single_digits
        self.rank = {pair: k for k, pair in enumerate(merges)}
        self.encode_word = lru_cache(100_000)(self._encode_word)  # words come again

    def __len__(self) -> int:
        """Return the size of the vocabulary."""
        return 256 + len(self.merges)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        pieces = words(text, self.single_digits)
        return [token for word in pieces for token in self.encode_word(word)]

    def _encode_word(self, word: str) -> list[int]:
        tokens = to_bytes(word)
        while len(tokens) > 1:  # the earliest learned merge first
            pair = min(pairwise(tokens), key=self.rank_of)
            if pair not in self.rank:
                break
            tokens = merge(tokens, pair, 256 + self.rank[pair])
        return tokens

    def rank_of(self, pair: Pair) -> int:
        """Return which merge a pair is; one that is none comes after all."""
        return self.rank.get(pair, len(self.rank))

    def decode(self, tokens: list[int]) -> str:
        """Return the text of tokens; bytes that are no UTF-8 become a sign for that."""
        text = b"".join(self.bytes_of[token] for token in tokens)
        return text.decode(errors="replace")

    @cached_property
    def bytes_of(self) -> list[bytes]:
        """Return what each token stands for."""
        table = [bytes([byte]) for byte in BYTES]
        for left, right in self.merges:
            table.append(table[left] + table[right])
        return table
