"""Checkers of the exercises of language/finetuning."""

from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_close, expect_equal, expect_numbers
from largemodels.language.masking import IGNORED

BY_LENGTH = "By comparing ids with the padding's you have masked the answers' ends, too: go by length."
Turn = tuple[str, list[int], list[int], int]  # role, header, what is said, the end


def corrected(answer: Any, rng: np.random.Generator) -> str:
    """Judge a linear layer with LoRA, applied to rows."""
    for _ in range(6):
        n, d_in, d_out, r = (int(k) for k in rng.integers([2, 7, 7, 2], [6, 12, 12, 6]))
        x, W, A = (rng.standard_normal(s) for s in ((n, d_in), (d_out, d_in), (r, d_in)))
        B, alpha = rng.standard_normal((d_out, r)), float(r * rng.choice([0.5, 2.0, 3.0]))
        frozen = W.copy()
        got = expect_numbers(call(answer, x.copy(), frozen, A.copy(), B.copy(), alpha), "return an array.")
        expect(np.array_equal(frozen, W), "you have changed W itself: LoRA leaves it as it is.")
        expect(got.shape == (n, d_out), f"for x of shape {x.shape} and W of shape {W.shape}, return {(n, d_out)}.")
        update = x @ A.T @ B.T
        reasons = {
            1.0: "The correction is not divided and not scaled: it counts for α/r.",
            alpha: "α alone makes a higher rank count for more: divide by r, the number of rows of A.",
            alpha / d_in: "r is the number of rows of A; its columns are the inputs.",
        }
        found = [why for factor, why in reasons.items() if np.allclose(got, x @ W.T + factor * update)]
        hint = (found or ["A row goes through A, then through B, and is added to that of W."])[0]
        where = f"for rank {r} and α = {alpha:g},"
        expect_close(got, x @ W.T + alpha / r * update, 1e-5, where=where, hint=hint)
    return "two thin products beside a thick one, and W has not been touched."


def largest_rank(answer: Any, rng: np.random.Generator) -> str:
    """Judge the largest rank whose numbers stay within a budget."""
    for case in range(12):
        shapes = [(int(a), int(b)) for a, b in rng.integers(8, 400, (int(rng.integers(1, 6)), 2))]
        one = sum(a + b for a, b in shapes)
        budget = int(one * (case and rng.integers(1, 30)) + rng.integers(0, one))  # one too small for rank 1
        got = call(answer, list(shapes), budget)
        expect(isinstance(got, int | np.integer), "return one whole number, a rank.")
        hint = "Rank r adds r · (d_in + d_out) numbers to a layer."
        if got == budget // sum(a * b for a, b in shapes):
            hint = "Those are the numbers of W itself; LoRA's are in A, (r, d_in), and in B, (d_out, r)."
        elif got == -(-budget // one):
            hint = "Round down: half a rank more does not fit."
        where = f"for layers {shapes} and {budget} numbers,"
        expect_equal(int(got), budget // one, where=where, hint=hint)
    return "the price of a rank is the sum of all widths, in and out."


def label(answer: Any, rng: np.random.Generator) -> str:
    """Judge the labels of a conversation."""
    for _ in range(8):
        turns = _turns(rng)
        two = "return two lists of equal length, ids and labels."
        got = call(answer, [tuple(turn) for turn in turns])
        expect(isinstance(got, tuple | list) and len(got) == 2, two)
        ids, labels = (list(map(int, expect_numbers(part, two))) for part in got)
        want = [i for _, head, said, end in turns for i in (*head, *said, end)]
        expect_equal(ids, want, where="of the ids:", hint="Header, what is said, end; turn after turn.")
        expect(len(labels) == len(ids), two)
        want = _labels(turns)
        wrong = next((i for i, (a, b) in enumerate(zip(labels, want, strict=True)) if a != b), 0)
        told = f"place {wrong} of {len(want)} has the label {labels[wrong]}, expected {want[wrong]}."
        expect(labels == want, f"{told} {_why(turns, labels)}")
    return "the model is paid for what it should say, and for stopping."


def _turns(rng: np.random.Generator) -> list[Turn]:
    roles = ["system", "user", "assistant", "user", "assistant"][: int(rng.choice([3, 5]))]
    heads = {"system": [1, 10, 4], "user": [1, 11, 4], "assistant": [1, 12, 4]}
    return [(role, heads[role], rng.integers(20, 99, int(rng.integers(1, 6))).tolist(), 2) for role in roles]


def _labels(turns: list[Turn], *, head: bool = False, end: bool = True, everyone: bool = False) -> list[int]:
    labels: list[int] = []
    for role, opening, said, stop in turns:
        speaks = everyone or role == "assistant"
        labels += opening if speaks and head else [IGNORED] * len(opening)
        labels += said if speaks else [IGNORED] * len(said)
        labels += [stop if speaks and end else IGNORED]
    return labels


def _why(turns: list[Turn], labels: list[int]) -> str:
    """Return which mistake gives these labels."""
    want = _labels(turns)
    if labels == _labels(turns, end=False):
        return "The answer's end has no label, so nothing teaches the model to stop."
    if labels in (_labels(turns, head=True), _labels(turns, head=True, end=False)):
        return "The header has labels: it is given, the model need not write it."
    if labels in (_labels(turns, head=h, everyone=True) for h in (True, False)):
        return "Others than the assistant have labels, so the model learns to write its users' messages."
    if labels in ([*want[1:], IGNORED], [IGNORED, *want[:-1]]):
        return "A label stands at its own token: the loss does the shifting."
    return (
        f"Label what the assistant says and its end in every turn of it, with the ids themselves; all else {IGNORED}."
    )


def pad_batch(answer: Any, rng: np.random.Generator) -> str:
    """Judge padding where the padding token is also the token that ends an answer."""
    pad = 2
    for _ in range(6):
        rows = [[1, *rng.integers(20, 99, int(n)).tolist(), pad] for n in rng.integers(2, 8, int(rng.integers(2, 5)))]
        labels = [[IGNORED, IGNORED, *row[2:]] for row in rows]
        shape = len(rows), max(map(len, rows))
        three = f"for {len(rows)} rows return three arrays of shape {shape}: ids, labels, mask."
        got = call(answer, [list(row) for row in rows], [list(row) for row in labels], pad)
        expect(isinstance(got, tuple | list) and len(got) == 3, three)
        ids, marked, mask = (expect_numbers(part, three) for part in got)
        expect(all(part.shape == shape for part in (ids, marked, mask)), three)
        ones = _filled([[1] * len(row) for row in rows], 0)
        expect_equal(mask.astype(int).tolist(), ones, where="of the mask:", hint=_why_mask(ids, marked, mask, pad))
        paid = np.any(marked[mask == 0] != IGNORED)
        hint = "Padding has a label: it would be paid for." if paid else BY_LENGTH
        expect_equal(marked.astype(int).tolist(), _filled(labels, IGNORED), where="of the labels:", hint=hint)
        expect_equal(ids.astype(int).tolist(), _filled(rows, pad), where="of the ids:", hint="Pad with `pad`.")
    return "an end is no padding, though both are the same token."


def _why_mask(ids: np.ndarray, labels: np.ndarray, mask: np.ndarray, pad: int) -> str:
    """Return which mistake gives this mask."""
    if np.array_equal(mask, labels != IGNORED):
        return "A prompt has no labels and is no padding: it must be read, so its mask is 1."
    if np.any(ids[:, 0] == pad) and np.any(mask[:, 0] == 0):
        return "Pad on the right, after the end."
    return BY_LENGTH


def _filled(rows: list[list[int]], filler: int) -> list[list[int]]:
    longest = max(map(len, rows))
    return [row + [filler] * (longest - len(row)) for row in rows]


def bits_a_weight(answer: Any, rng: np.random.Generator) -> str:
    """Judge what a weight costs when its block's scale is quantized, too."""
    cases = [(4, 64, 256), *((int(b), int(2**k), int(2**g)) for b, k, g in rng.integers([2, 4, 4], [9, 9, 9], (6, 3)))]
    for bits, block, group in cases:
        got = float(expect_numbers(call(answer, bits, block, group), "return one number, bits."))
        hint = (
            "A scale costs 8 bits and a share of its group's 32; a weight, its bits and a share of its block's scale."
        )
        if np.isclose(got, bits + 32 / block):
            hint = "Those are scales of 32 bits: here each has 8, and a group of them shares one of 32."
        elif np.isclose(got, bits + 8 / block):
            hint = "The scales' own scale is missing: 32 bits for each group of scales."
        elif np.isclose(got, bits + 8 + 32 / group) or np.isclose(got, bits + 8 / block + 32 / group):
            hint = "A group's 32 bits are shared by all weights of its blocks."
        where = f"for {bits} bits, blocks of {block} and groups of {group},"
        expect_close(got, bits + (8 + 32 / group) / block, 1e-6, where=where, hint=hint)
    return "at 4 bits, blocks of 64 and groups of 256 a weight costs 4.127 bits."


def relative_size(answer: Any, rng: np.random.Generator) -> str:
    """Judge the size of a correction, relative to that of the weights."""
    for _ in range(6):
        d_in, d_out, r = (int(k) for k in rng.integers([6, 6, 1], [12, 12, 4]))
        W, A, B = (rng.standard_normal(s) for s in ((d_out, d_in), (r, d_in), (d_out, r)))
        scale = float(rng.uniform(0.5, 3))
        got = float(expect_numbers(call(answer, W.copy(), A.copy(), B.copy(), scale), "return one number, a ratio."))
        size = np.linalg.norm
        want = size(scale * B @ A) / size(W)
        hint = "Take the root of the sum of squares of scale · B A, and divide by that of W."
        if np.isclose(got, size(A) * size(B) * scale / size(W)):
            hint = "The size of a product is not the product of the sizes: multiply B and A first."
        elif np.isclose(got, want / scale):
            hint = "The correction counts for its scale."
        elif np.isclose(got, want**2):
            hint = "Take the root of both sums of squares."
        expect_close(got, want, 1e-5, where=f"for rank {r},", hint=hint)
    return "now ask it of all 210 layers."
