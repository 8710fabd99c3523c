"""Checkers of the exercises of language/attention."""

from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from largemodels.core.checker import Wrong, call, expect, expect_close, expect_numbers
from largemodels.language.attention import causal_mask
from largemodels.language.heads import patterns
from largemodels.language.lookup import phone_books


def window_mask(answer: Any, rng: np.random.Generator) -> str:
    """Judge the mask of a sliding window."""
    cases = [(1, 1), (6, 1), (6, 3), (4, 9)]
    for T, w in cases + [tuple(int(n) for n in rng.integers(1, 15, 2)) for _ in range(10)]:
        got = call(answer, T, w)
        expect(torch.is_tensor(got) and got.dtype == torch.bool, "return a tensor of true and false, as causal_mask.")
        expect(got.shape == (T, T), f"for T = {T} yours has shape {tuple(got.shape)}: make it ({T}, {T}).")
        expect(not got.triu(1).any(), f"for T = {T}, w = {w} somebody looks ahead: keep the causal mask.")
        for t in range(T):
            seen, want = int(got[t].sum()), min(t + 1, w)
            hint = "Each place sees itself and those before it, w in all, or as many as there are."
            expect(seen == want, f"for w = {w} place {t} sees {seen} places, expected {want}. {hint}")
            expect(got[t, t + 1 - want : t + 1].all(), f"for w = {w} place {t} does not see the nearest. {hint}")
    return "each place sees itself and the w - 1 before it."


def block_flops(answer: Any, rng: np.random.Generator) -> str:
    """Judge the operations of attention's table and of the matrices."""
    for T, d in [(1, 1), (2048, 4096)] + [tuple(int(n) for n in rng.integers(2, 5000, 2)) for _ in range(10)]:
        two = "return two numbers: the table's operations and the matrices'."
        got = expect_numbers(call(answer, T, d), two)
        expect(got.shape == (2,), two)
        where = f"for T = {T} and d = {d},"
        hint = "q · k takes d multiplications and d additions for each of T · T pairs, and so does the blend."
        expect_close(got[0], 4 * d * T**2, 1e-9, where=where, what="the table takes", hint=hint)
        hint = "A matrix (d, d) costs 2 · d · d for each token. Attention has four; the other two are (d, 4d), (4d, d)."
        expect_close(got[1], 24 * d**2 * T, 1e-9, where=where, what="the matrices take", hint=hint)
    return "the table grows with the square of T, the matrices with the square of d."


def turn_neighbors(answer: Any, rng: np.random.Generator) -> str:
    """Judge rotary positions whose pairs are neighbors, by complex multiplication."""
    for case in range(8):
        T, half, base = int(rng.integers(2, 12)), int(rng.integers(1, 6)), (10_000.0, 500.0)[case % 2]
        front = ((3,), (), (2, 3))[case % 3]
        x = torch.tensor(rng.standard_normal((*front, T, 2 * half)))
        got = call(answer, x.clone(), base)
        expect(torch.is_tensor(got), "return a tensor like x.")
        expect(got.shape == x.shape, f"x has shape {tuple(x.shape)} and yours {tuple(got.shape)}: keep it.")
        hint = "Place 0 is turned by nothing."
        expect_close(got[..., 0, :], x[..., 0, :], 1e-5, where="at place 0", what="your function returns", hint=hint)
        length, want = got.norm(dim=-1), x.norm(dim=-1)
        hint = "Turning keeps lengths: (a, b) becomes (a cos - b sin, a sin + b cos)."
        expect_close(length, want, 1e-5, where="for random x", what="the vectors' lengths are", hint=hint)
        hint = "Features 2i and 2i + 1 are pair i, and place t turns it by t · base^(-2i/d)."
        expect_close(got, _turned(x, base), 1e-5, where=f"for base {base:.0f}", hint=hint)
    return "each pair of neighbors turns by its place times its frequency."


def _turned(x: Tensor, base: float) -> Tensor:
    T, d = x.shape[-2:]
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    turn = torch.polar(torch.ones_like(angles, dtype=torch.float64), angles.double())
    return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * turn).flatten(-2)


def heads_by_hand(answer: Any, rng: np.random.Generator) -> str:
    """Judge causal multi-head attention against PyTorch's."""
    for _ in range(8):
        heads, d_head, T = (int(n) for n in rng.integers((1, 1, 2), (5, 6, 8)))
        d = heads * d_head
        x = torch.tensor(rng.standard_normal((T, d)))
        W = [torch.tensor(rng.standard_normal((d, d)) / d**0.5) for _ in range(4)]
        with patch.object(F, "scaled_dot_product_attention", side_effect=Wrong("write the attention yourself.")):
            got = call(answer, x.clone(), *(w.clone() for w in W), heads)
        expect(torch.is_tensor(got) and got.shape == (T, d), f"x has shape ({T}, {d}); return a tensor like it.")
        where = f"for T = {T}, d = {d} and {heads} heads,"
        future, scale = _by_torch(x, W, heads, causal=False), _by_torch(x, W, heads, scale=d**-0.5)
        expect(not _close(got, future), f"{where} everybody looks at the future: mask it.")
        one = heads == 1
        expect(one or not _close(got, scale), f"{where} divide by the root of a head's size, {d_head}, not of {d}.")
        hint = "Head h has features h · d_head to (h + 1) · d_head of q, k and v; W_o comes after all are joined."
        expect_close(got, _by_torch(x, W, heads), 1e-5, where=where, hint=hint)
    return "the same answers as PyTorch's."


def _by_torch(x: Tensor, W: list[Tensor], heads: int, causal: bool = True, scale: float | None = None) -> Tensor:
    q, k, v = ((x @ w.T).unflatten(1, (heads, -1)).transpose(0, 1) for w in W[:3])
    answers = F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)
    return answers.transpose(0, 1).flatten(1) @ W[3].T


def _close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a.double(), b.double(), rtol=1e-5, atol=1e-6)


def merge(answer: Any, rng: np.random.Generator) -> str:
    """Judge the merging of what two tiles know, also with scores that overflow."""
    for case in range(10):
        sizes = [int(n) for n in rng.integers(1, 7, 2)]
        level = (1, 1, 1000, 1000)[case % 4]  # e^1000 is infinite
        scores = [torch.tensor(rng.standard_normal(n) * level) for n in sizes]
        values = [torch.tensor(rng.standard_normal((n, 3))) for n in sizes]
        parts = [_known(*pair) for pair in zip(scores, values, strict=True)]
        got = call(answer, *parts)
        three = "return three tensors: the largest score m, the sum z and the blend o."
        expect(isinstance(got, tuple | list) and len(got) == 3, three)
        want = _known(torch.cat(scores), torch.cat(values))
        numbers = [expect_numbers(part, three) for part in got]
        expect(all(np.isfinite(n).all() for n in numbers), "with scores near 1,000 something overflows: only ever take "
               "e to the power of a score minus a larger or equal one.")  # fmt: skip
        expect_close(numbers[0], want[0], 1e-6, where="for two random tiles", what="m is", hint="The larger of both.")
        hint = "Each part's sum was made with its own m: shrink it by e to the power of its m minus the new one."
        expect_close(numbers[1], want[1], 1e-5, where="for two random tiles", what="z is", hint=hint)
        hint = "Blends shrink as sums do, and are divided by z only in the very end."
        expect_close(numbers[2], want[2], 1e-5, where="for two random tiles", what="o is", hint=hint)
    return "what two tiles know, merged, is what one large tile knows."


def _known(scores: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    m = scores.max()
    weights = (scores - m).exp()
    return m, weights.sum(), weights @ values


def two_looks(answer: Any, rng: np.random.Generator) -> str:
    """Judge the weights of two layers that read phone books without any training."""
    for case in range(6):
        n = (1, 2, 5, 8, 12, 16)[case]
        tokens, _ = phone_books(n, 1, torch.Generator().manual_seed(int(rng.integers(10**6))))
        got = call(answer, tokens[0].clone())
        two = f"return two tensors of weights, ({3 * n}, {3 * n}) each, for a book of {n} entries."
        fits = isinstance(got, tuple | list) and len(got) == 2 and all(torch.is_tensor(w) for w in got)
        expect(fits and all(w.shape == (3 * n, 3 * n) for w in got), two)
        first, second = (w.double() for w in got)
        for name, weights in (("first", first), ("second", second)):
            sums = weights.sum(dim=1)
            expect(_close(sums, torch.ones_like(sums)), f"the rows of the {name} layer's weights don't add up to 1.")
            ahead = weights.masked_fill(causal_mask(3 * n), 0).abs().max()
            expect(ahead < 1e-9, f"in the {name} layer somebody looks ahead: mask it.")
        back = first.diagonal(-1).min()
        expect(back > 0.99, f"in the first layer a place gives only {back:.2f} of its weight to the one "
               "before it: let keys be places, and queries the place before, times a large number.")  # fmt: skip
        _expect_found(tokens[0], second, n)
    return "the first layer tells each number whose it is, the second finds it."


def _expect_found(tokens: Tensor, second: Tensor, n: int) -> None:
    names, asked = tokens[: 2 * n : 2], tokens[2 * n :]
    where = 2 * (names == asked[:, None]).long().argmax(dim=1) + 1  # (n,): the number behind the name
    share = second[2 * n :].gather(1, where[:, None]).min()
    hint = "a query is the name asked for; a key is what the first layer has found, the token before."
    most = second[2 * n :].argmax(dim=1)
    expect((most == where).all(), f"with {n} entries a question looks at a wrong place in the second layer: {hint} Let "
           "numbers alone be found: the first place has nothing before it, and questions are names.")  # fmt: skip
    sharpen = "Sharpen the scores with a factor, and let numbers alone be found."
    expect(share > 0.9, f"a question gives only {share:.2f} of its weight to its number. {sharpen}")


def weight_on(answer: Any, rng: np.random.Generator) -> str:
    """Judge the mean weight on one place, on a tiny Llama."""
    model = _tiny_llama(int(rng.integers(10**6)))
    for _ in range(6):
        T = int(rng.integers(3, 9))
        ids, place = torch.tensor(rng.integers(0, 30, (2, T))), int(rng.integers(0, T - 1))
        got = call(answer, model, ids.clone(), place)
        weights = patterns(model, ids)[..., place]  # (layers, batch, heads, T)
        where = f"on a tiny model, for place {place} of {T},"
        number = expect_numbers(got, "return one number.")
        expect(number.shape == (), "return one number: a mean over layers, texts, heads and all later places.")
        late = weights[..., place:].mean().item()
        expect(abs(float(number) - late) > 1e-5, f"{where} you count the place's look at itself: begin one later.")
        hint = "Rows look, columns are looked at. The rows after the place count, earlier ones can't see it."
        expect_close(number, weights[..., place + 1 :].mean().item(), 1e-5, where=where, hint=hint)
    return "the mean over all who can see the place."


def _tiny_llama(seed: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=30,
        hidden_size=16,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=4,
        initializer_range=0.5,
    )
    return LlamaForCausalLM(config).eval()
