"""Answers to the exercises of scaling/why-scale, right and plausibly wrong."""

import math


def gpt2_parameters(layers, width, vocabulary, context):
    block = 12 * width**2 + 13 * width
    return layers * block + (vocabulary + context) * width + 2 * width


def mfu(N, tokens_per_second, devices, peak):
    return 6 * N * tokens_per_second / (devices * peak)


def conversations(N, layers, kv_heads, d_head, tokens, memory):
    each = 2 * layers * kv_heads * d_head * tokens * 2
    return max(0, memory - 2 * N) // each


def serial_share(one, many, p):
    return (p * many / one - 1) / (p - 1)


def least_batch(each, exchange, P):
    even = exchange * P / (each * (P - 1))
    return P * (math.floor(even / P) + 1)


RIGHT = {
    "gpt2_parameters": gpt2_parameters,
    "mfu": mfu,
    "conversations": conversations,
    "serial_share": serial_share,
    "least_batch": least_batch,
}

WRONG = [
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) + V * d, "count it once"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, 0), "a vector for each place"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) - 9 * L * d, "have biases"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) - 2 * d, "one more norm"),
    ("gpt2_parameters", lambda L, d, V, T: 12 * L * d**2, "matrix by matrix"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) - 2 * L * d, "a scale and a shift"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) + 4 * L * d**2, "not three"),
    ("gpt2_parameters", lambda L, d, V, T: gpt2_parameters(L, d, V, T) + 0.5, "a whole number"),
    ("mfu", lambda *run: mfu(*run) / 3, "forward pass alone"),
    ("mfu", lambda *run: mfu(*run) * 4 / 3, "that is HFU"),
    ("mfu", lambda N, speed, devices, peak: 6 * N * speed / peak, "of all of them"),
    ("mfu", lambda *run: 100 * mfu(*run), "in percent"),
    ("mfu", lambda *run: 1 / mfu(*run), "upside down"),
    ("mfu", lambda N, speed, devices, peak: speed / peak, "6N operations"),
    ("conversations", lambda N, L, k, d, T, m: (m - 2 * N) // (4 * L * k * d * T), "no conversation does"),
    ("conversations", lambda N, L, k, d, T, m: m // (4 * L * k * d * T), "there first"),
    ("conversations", lambda N, L, k, d, T, m: max(0, 2 * (m - 2 * N) // (4 * L * k * d * T)), "half of the right one"),
    ("conversations", lambda N, L, k, d, T, m: max(0, m - N) // (4 * L * k * d * T), "Weights take 2 bytes"),
    ("conversations", lambda N, L, k, d, T, m: max(0, m - 2 * N) // (4 * k * d * T), "in every layer"),
    ("conversations", lambda *case: conversations(*case) + 0.5, "a whole number"),
    ("conversations", lambda N, L, k, d, T, m: int((m - 2 * N) / (4 * L * k * d * T)), "no conversation does"),
    ("serial_share", lambda one, many, p: many / one, "that is left"),
    ("serial_share", lambda one, many, p: 1 - one / many / p, "one minus the efficiency"),
    ("serial_share", lambda one, many, p: min(1, serial_share(one, many, p)), "may exceed 1"),
    ("serial_share", lambda one, many, p: (p * many / one - 1) / p, "solve for s"),
    ("least_batch", lambda each, exchange, P: math.ceil(exchange * P / (each * (P - 1)) / P) * P, "faster means less"),
    ("least_batch", lambda each, exchange, P: math.floor(exchange * P / (each * (P - 1))) + 1, "a multiple of P"),
    ("least_batch", lambda each, exchange, P: P * (math.floor(exchange / each / P) + 1), "take over"),
    ("least_batch", lambda each, exchange, P: 0, "compute each"),
]
