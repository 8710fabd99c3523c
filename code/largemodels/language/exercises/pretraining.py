"""Checkers of the exercises of language/pretraining."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from largemodels.core.checker import Wrong, call, expect, expect_close, expect_equal, expect_numbers

Model = Callable[[Tensor], Tensor]  # (batch, time) -> (batch, time, vocabulary)


def encode_word(answer: Any, rng: np.random.Generator) -> str:
    """Judge how a word is cut by given merges."""
    fixed = [
        ("abc", [("a", "b"), ("b", "c"), ("a", "bc")], "The merge that was learned first goes first."),
        ("aaaaa", [("a", "a")], "Go from the left: of three in a row, the first two are merged."),
        ("abab", [("a", "b"), ("ab", "ab")], "Merge a pair wherever it occurs; then what it makes can be merged, too."),
        ("b", [("a", "b")], "Without a pair to merge, the letters stay."),
    ]
    hint = "Take the merges in the order in which they were learned, each wherever it occurs, from the left."
    drawn = [(_letters(rng, 12), _merges(rng), hint) for _ in range(20)]
    for word, merges, why in fixed + drawn:
        want = _cut(word, merges)
        got = call(answer, word, list(merges))
        expect(isinstance(got, list), "return a list of pieces, each a string.")
        expect("".join(map(str, got)) == word, f"your pieces of {word!r}, {got}, are not the word: lose no letter.")
        expect_equal(got, want, where=f"for {word!r} and the merges {merges[:6]}", hint=why)
    return "the tokenizer does nothing else, with 49,000 merges."


def nucleus(answer: Any, rng: np.random.Generator) -> str:
    """Judge which tokens top-p keeps, and that it leaves their scores alone."""
    cases = [(torch.tensor([0.5, 0.3, 0.15, 0.05]).log(), p) for p in (0.4, 0.6, 0.9, 0.97)]
    drawn = [torch.tensor(rng.normal(0, 2, int(rng.integers(5, 30)))) for _ in range(20)]
    cases += [(scores, float(rng.uniform(0.05, 0.99))) for scores in drawn]
    for scores, p in cases:
        got = call(answer, scores.clone(), p)
        expect(
            torch.is_tensor(got) and got.shape == scores.shape, "return a tensor of scores, as many as you were given."
        )
        kept, want = got != -torch.inf, _nucleus(scores, p)
        expect(kept.any(), f"with p = {p:.2f} you keep no token: the likeliest one always stays.")
        if not torch.equal(kept, want):
            chances = np.round(scores.softmax(0).numpy(), 2).tolist()
            hint = "The last one kept is the one with which the sum reaches p."
            where = f"of the probabilities {chances}, with p = {p:.2f},"
            expect_equal(_places(kept), _places(want), where=where, what="you keep the places", hint=hint)
        hint = "Drop tokens by -inf, and leave the other scores as they are: softmax will share out what is left."
        expect_close(got[kept], scores[kept], 1e-6, what="the scores that stay are", hint=hint)
    return "few tokens where the model is sure, many where it is not."


def first_leak(answer: Any, rng: np.random.Generator) -> str:
    """Judge the search for a place that sees its future, on models with known leaks."""
    for case in range(24):
        time, vocabulary = (int(v) for v in rng.integers((6, 5), (12, 20)))
        place = (0, time - 2, int(rng.integers(time - 1)))[case // 4 % 3]
        far, next_one = (place, int(rng.integers(place + 1, time))), (time - 2, time - 1)
        leaks = [set(), {(place, place + 1)}, {far}, {far, next_one}][case % 4]
        model = _reader(rng, time, vocabulary, leaks)
        tokens = torch.tensor(rng.integers(0, vocabulary, time))
        tokens[place + 1 :] = case % 2 * (vocabulary - 1)  # 0 is a token, too, and so is the last
        a_place = "return one place, a whole number."
        got = expect_numbers(call(answer, model, tokens, vocabulary), a_place)
        expect(got.size == 1, a_place)
        hint = "Change what comes after place t, all of it, and look at the scores of place t alone."
        if not leaks:
            hint = "Return -1 if there is none. Differences below 1e-4 are rounding, and no leak."
        what = f"where these places see these later ones: {sorted(leaks)}," if leaks else "without a leak,"
        where = f"for a model of {time} places {what}"
        expect_close(got.reshape(()), place if leaks else -1, 1e-9, where=where, hint=hint)
    return "this test needs no look at the code, so it works on anybody's model."


def bits_per_byte(answer: Any, rng: np.random.Generator) -> str:
    """Judge the change of units, also for texts with letters of two bytes."""
    texts = ["to be or not to be", "Größe, Übermut und süße Käse", "naïve café — 3 €"]
    for case in range(12):
        text = texts[case % 3] * int(rng.integers(1, 9))
        perplexity, tokens = float(rng.uniform(1.5, 300)), int(rng.integers(2, 400))
        size = len(text.encode())
        got = call(answer, perplexity, tokens, text)
        want = np.log2(perplexity) * tokens / size
        hint = "All tokens together have tokens · log2(perplexity) bits; share them out over the bytes."
        number = expect_numbers(got, "return a number.")
        if np.isclose(number, want * size / len(text), rtol=1e-6).all() and size != len(text):
            hint = "Count bytes, not characters: an ü has two, as text.encode() shows."
        elif np.isclose(number, want * np.log(2), rtol=1e-6).all():
            hint = "These are nats; bits are logarithms of base 2."
        where = f"for a perplexity of {perplexity:.2f}, {tokens} tokens and {size} bytes,"
        expect_close(got, want, 1e-6, where=where, hint=hint)
    return "now models with different tokenizers can be compared."


def cache_bytes(answer: Any, rng: np.random.Generator) -> str:
    """Judge the size of a cache of keys and values."""
    fixed = [(30, 3, 64, 4, 1), (32, 8, 128, 2, 8192), (1, 1, 1, 1, 1)]
    drawn = [tuple(int(v) for v in rng.integers((2, 2, 16, 1, 100), (100, 65, 257, 5, 10_000))) for _ in range(12)]
    for layers, kv_heads, d_head, size, tokens in fixed + drawn:
        want = 2 * layers * kv_heads * d_head * size * tokens
        got = call(answer, layers, kv_heads, d_head, size, tokens)
        hint = "Each layer keeps d_head numbers for each key-value head and token."
        if np.isclose(float(expect_numbers(got, "return a number.").sum()), want / 2):
            hint = "A key and a value are kept: twice as much."
        where = f"for {layers} layers, {kv_heads} heads of {d_head}, {size} bytes a number and {tokens} tokens,"
        expect_close(got, want, 1e-9, where=where, hint=hint)
    return "heads of queries cost nothing here, since their past is not asked for again."


def rms_norm(answer: Any, rng: np.random.Generator) -> str:
    """Judge RMSNorm on tokens of different sizes and means."""
    for case in range(10):
        shape = tuple(int(v) for v in rng.integers(4, 12, case % 4 + 1))
        epsilon = 1e-5 if case else 0.5
        x = torch.tensor(rng.normal(rng.uniform(-3, 3), rng.uniform(0.1, 9), shape))
        x[(0,) * (x.dim() - 1)] *= 1e-3  # where epsilon counts
        weight = torch.tensor(rng.uniform(0.5, 2, shape[-1]))
        with patch.object(F, "rms_norm", side_effect=Wrong("do without torch.nn: two lines of arithmetic will do.")):
            got = call(answer, x.clone(), weight.clone(), epsilon)
        numbers = expect_numbers(_plain(got), "return a tensor of numbers.")
        mean = x.square().mean(dim=-1, keepdim=True)
        hint = "Divide each token by the root of the mean of its squares; then multiply by the weights."
        if np.allclose(numbers, F.layer_norm(x, shape[-1:], weight, eps=epsilon)):
            hint = "That is LayerNorm: RMSNorm subtracts no mean."
        elif np.allclose(numbers, x / (mean.sqrt() + epsilon) * weight):
            hint = "Add epsilon under the root, to the mean of the squares."
        where = f"for x of {shape}, of mean {x.mean():.1f}, and epsilon {epsilon},"
        expect_close(numbers, x / (mean + epsilon).sqrt() * weight, 1e-5, where=where, hint=hint)
    return "one reduction, no mean, no bias: that is all Llama needs."


def hide_some(answer: Any, rng: np.random.Generator) -> str:
    """Judge BERT's hiding of tokens by its shares, which chance moves by a hundredth at most."""
    n, mask = 60_000, int(rng.integers(50, 90))
    tokens = torch.tensor(rng.integers(0, mask, n))
    given = tokens.clone()
    got = call(answer, given, mask, torch.Generator().manual_seed(int(rng.integers(10**6))))
    expect(torch.equal(given, tokens), "the tokens themselves have changed: work on a copy.")
    two = f"return two tensors of tokens, inputs and answers, ({n},) each."
    fits = isinstance(got, tuple | list) and len(got) == 2 and all(torch.is_tensor(part) for part in got)
    expect(fits and all(part.shape == (n,) for part in got), two)
    inputs, answers = got
    chosen = answers != -100
    expect(
        torch.equal(answers[chosen], tokens[chosen]), "answers are the true tokens where something is to be guessed."
    )
    expect(torch.equal(inputs[~chosen], tokens[~chosen]), "inputs differ from the tokens where no answer is wanted.")
    expect_close(chosen.double().mean(), 0.15, 0.01, what="the share to be guessed is", hint="Answers elsewhere: -100.")
    halves = chosen.view(2, -1).double().mean(dim=1)
    expect((halves - 0.15).abs().max() < 0.015, "choose at random, not from one end of the text.")
    _expect_fates(inputs[chosen], tokens[chosen], mask)
    return "of a hundred tokens twelve are hidden, one or two wrong, one or two right, and all fifteen are asked for."


def _expect_fates(inputs: Tensor, tokens: Tensor, mask: int) -> None:
    hidden, same = inputs == mask, inputs == tokens
    fates = {"hidden": (hidden, 0.8), "unchanged": (same, 0.1), "random": (~hidden & ~same, 0.1)}
    hint = "Of the chosen, 80 % become the mask, 10 % a random token, 10 % stay."
    for name, (which, share) in fates.items():
        expect_close(which.double().mean(), share, 0.02, what=f"of the chosen, the share that is {name} is", hint=hint)
    drawn = inputs[fates["random"][0]]
    expect(drawn.max() < mask and len(drawn.unique()) > 0.9 * (mask - 1), "random tokens are any below the mask.")


def _letters(rng: np.random.Generator, n: int) -> str:
    return "".join(rng.choice(list("abc"), int(rng.integers(1, n))))


def _merges(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Learn merges from a random text, as the tokenizer does."""
    pieces = list(_letters(rng, 200) + _letters(rng, 200))
    merges: list[tuple[str, str]] = []
    for _ in range(6):
        pairs = sorted(set(pairwise(pieces)) - set(merges))
        if not pairs:
            break
        merges.append(pairs[int(rng.integers(len(pairs)))])
        pieces = _merge(pieces, merges[-1])
    return merges


def _merge(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    left = list(pieces)
    while left:
        both = tuple(left[:2]) == pair
        merged.append("".join(left[:2]) if both else left[0])
        left = left[2:] if both else left[1:]
    return merged


def _cut(word: str, merges: list[tuple[str, str]]) -> list[str]:
    pieces = list(word)
    for pair in merges:
        pieces = _merge(pieces, pair)
    return pieces


def _nucleus(scores: Tensor, p: float) -> Tensor:
    """Return which tokens stay: those before which less than p is taken."""
    chances = scores.softmax(0)
    likelier = chances[None, :] > chances[:, None]
    return (likelier * chances).sum(dim=1) < p


def _places(kept: Tensor) -> list[int]:
    return kept.nonzero().flatten().tolist()


def _reader(rng: np.random.Generator, time: int, vocabulary: int, leaks: set[tuple[int, int]]) -> Model:
    """Return a model whose place t sees what is before it, and, where (t, later) leaks, a later one."""
    seen = np.tril(rng.uniform(0.5, 2, (time, time)))
    seen += np.triu(np.full((time, time), 1e-7), 1)  # as if it rounded otherwise
    for place, later in leaks:
        seen[place, later] = 1.0
    mix, table = torch.tensor(seen), torch.tensor(rng.normal(size=(vocabulary, vocabulary)))
    return lambda tokens: mix[: tokens.shape[1], : tokens.shape[1]] @ table[tokens]


def _plain(got: Any) -> Any:
    """Let go of gradients, which are no part of the question."""
    return got.detach() if torch.is_tensor(got) else got
