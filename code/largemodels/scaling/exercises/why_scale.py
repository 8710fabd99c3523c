"""Checkers of the exercises of scaling/why-scale."""

from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_close, expect_equal


def gpt2_parameters(answer: Any, rng: np.random.Generator) -> str:
    """Judge the count of a GPT-2's parameters."""
    for _ in range(6):
        layers, width, vocabulary, context = (int(k) for k in rng.integers([1, 8, 50, 20], [50, 2000, 60000, 2048]))
        block = 12 * width**2 + 13 * width
        right = layers * block + (vocabulary + context + 2) * width
        got = call(answer, layers, width, vocabulary, context)
        expect(float(got).is_integer(), "return a whole number.")
        reasons = {
            right + vocabulary * width: "The matrix that scores tokens is the one that reads them: count it once.",
            right - context * width: "GPT-2 learns a vector for each place, too.",
            right - layers * 9 * width: "Linear layers have biases: 9 times the width in each block.",
            right - 2 * width: "After the last block stands one more norm.",
            right - layers * 2 * width: "A norm has two vectors, a scale and a shift.",
            right + layers * 4 * width**2: "GPT-2's MLP has two matrices, not three.",
        }
        hint = reasons.get(
            int(got), "Write down what one block has, matrix by matrix, then what stands outside of the blocks."
        )
        expect_equal(int(got), right, where=f"for {(layers, width, vocabulary, context)},", hint=hint)
    return "124,439,808 for the smallest of the published models."


def mfu(answer: Any, rng: np.random.Generator) -> str:
    """Judge the model FLOPs utilization of a run."""
    for _ in range(6):
        N, devices = float(rng.uniform(1e9, 1e12)), int(rng.integers(2, 20_000))
        peak, share = float(rng.uniform(1e14, 3e15)), float(rng.uniform(0.05, 0.7))
        speed = share * devices * peak / (6 * N)
        got = float(call(answer, N, speed, devices, peak))
        reasons = {
            1 / 3: "2N is the forward pass alone; the backward pass does twice as much again.",
            4 / 3: "What is computed a second time to save memory does not count: that is HFU.",
            devices: "The peak is that of one device, the speed that of all of them.",
            100: "That is in percent: return the share itself.",
            1 / share**2: "That is upside down.",
        }
        found = [why for factor, why in reasons.items() if np.isclose(got, factor * share, rtol=1e-6)]
        hint = (found or ["6N operations for each token, over what all devices could do in that second."])[0]
        where = f"for {N:.2e} parameters at {speed:.3g} tokens a second on {devices} devices,"
        expect_close(np.array(got), np.array(share), 1e-6, where=where, hint=hint)
    return "the share of the data sheet's speed that went into the model."


def conversations(answer: Any, rng: np.random.Generator) -> str:
    """Judge how many conversations fit beside a model's weights."""
    for case in range(12):
        layers, kv_heads, d_head = (int(k) for k in rng.integers([8, 1, 4], [130, 17, 17]))
        d_head, tokens = 16 * d_head, int(rng.integers(100, 130_000))
        each = 4 * layers * kv_heads * d_head * tokens
        N = int(rng.uniform(2, 10) * each)
        memory = 2 * N + int(rng.uniform(0, 40) * each)
        if case == 11:  # not even the weights fit, by many conversations
            N, memory = 10**11, 10**11
        got = call(answer, N, layers, kv_heads, d_head, tokens, memory)
        expect(float(got).is_integer(), "return a whole number.")
        right = max(0, (memory - 2 * N) // each)
        hint = _too_many(int(got), right, memory, N, each)
        where = f"for {N:,} parameters, {layers} layers, {tokens:,} tokens each and {memory:.3g} bytes,"
        expect_equal(int(got), right, where=where, hint=hint)
    return "long conversations, not weights, fill the memory of a popular model."


def serial_share(answer: Any, rng: np.random.Generator) -> str:
    """Judge the serial share that two measured times imply."""
    for case in range(8):
        share = float(rng.uniform(1.05, 1.5) if case == 7 else rng.uniform(0.01, 0.95))
        p, one = int(rng.integers(2, 64)), float(rng.uniform(0.01, 10))
        many = one * (share + (1 - share) / p)
        got = float(call(answer, one, many, p))
        hint = "Put t(p) = t(1) · (s + (1 - s) / p), and solve for s."
        if np.isclose(got, many / one):
            hint = "That is the share of the time that is left: it holds 1/p of the divided part, too."
        elif np.isclose(got, min(share, 1)):
            hint = "It may exceed 1: then dividing cost more than there was to divide."
        elif np.isclose(got, 1 - one / many / p):
            hint = "That is one minus the efficiency: an idle share of p devices, not of one device's job."
        where = f"for {one:.3g} s alone and {many:.3g} s on {p},"
        expect_close(np.array(got), np.array(share), 1e-6, where=where, hint=hint)
    return "above 1, it says that dividing cost more than there was to divide."


def least_batch(answer: Any, rng: np.random.Generator) -> str:
    """Judge the smallest batch at which P devices beat one."""
    for case in range(12):
        P = int(rng.integers(2, 17))
        each, exchange = rng.uniform(0.5, 4), rng.uniform(1, 60)
        if case > 8:  # break even falls on a multiple of P, where both take equally long
            P = int(rng.choice([2, 4, 8]))  # so that no way to write it rounds
            each, exchange = 2.0, 2.0 * int(rng.integers(1, 6)) * (P - 1)
        right = P * (int(np.floor(exchange / (each * (P - 1)))) + 1)
        got = call(answer, each, exchange, P)
        expect(float(got).is_integer(), "return a whole number.")
        hint = "P devices compute each · B / P and exchange; one computes each · B."
        if got == right - P and case > 8:
            hint = "There both take equally long: faster means less."
        elif got % P:
            hint = "Every device gets as many examples: the batch is a multiple of P."
        elif got == P * (int(np.floor(exchange / each / P)) + 1):
            hint = "A device saves only the work that the others take over, (P - 1) / P of it."
        where = f"for {each:.3g} ms an example and an exchange of {exchange:.3g} ms among {P},"
        expect_equal(int(got), right, where=where, hint=hint)
    return "below it, the second device makes you slower."


def _too_many(got: int, right: int, memory: int, N: int, each: int) -> str:
    reasons = {
        right + 1: "Round down: half a conversation does not fit.",
        max(0, 2 * (memory - 2 * N) // each): "That cache is half of the right one: keys and values, of 2 bytes each.",
        max(0, (memory - N) // each): "Weights take 2 bytes each, too.",
        memory // each: "The weights are there first, 2 bytes each.",
    }
    if got < 0:
        return "Where not even the weights fit, no conversation does: 0."
    usual = "Each token keeps a key and a value in every layer, kv_heads · d_head numbers of 2 bytes each."
    return reasons.get(got, usual)
