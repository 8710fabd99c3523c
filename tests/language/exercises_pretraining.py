"""Answers to the exercises of language/pretraining, right and plausibly wrong."""

import math

import torch
from torch.nn import functional as F


def encode_word(word, merges):
    pieces = list(word)
    for left, right in merges:
        i = 0
        while i + 1 < len(pieces):
            if (pieces[i], pieces[i + 1]) == (left, right):
                pieces[i : i + 2] = [left + right]
            i += 1
    return pieces


def encode_longest_first(word, merges):
    known = sorted({a + b for a, b in merges} | set(word), key=len, reverse=True)
    pieces = []
    while word:
        piece = next(p for p in known if word.startswith(p))
        pieces.append(piece)
        word = word[len(piece) :]
    return pieces


def encode_one_occurrence(word, merges):
    pieces = list(word)
    for left, right in merges:
        for i in range(len(pieces) - 1):
            if (pieces[i], pieces[i + 1]) == (left, right):
                pieces[i : i + 2] = [left + right]
                break
    return pieces


def encode_from_the_right(word, merges):
    pieces = list(word)
    for left, right in merges:
        i = len(pieces) - 2
        while i >= 0:
            if (pieces[i], *pieces[i + 1 : i + 2]) == (left, right):
                pieces[i : i + 2] = [left + right]
            i -= 1
    return pieces


def nucleus(scores, p):
    ordered, order = scores.softmax(0).sort(descending=True)
    dropped = ordered.cumsum(0) - ordered >= p
    return scores.index_fill(0, order[dropped], -math.inf)


def nucleus_without_the_last(scores, p):
    ordered, order = scores.softmax(0).sort(descending=True)
    return scores.index_fill(0, order[ordered.cumsum(0) > p], -math.inf)


def nucleus_left_sorted(scores, p):
    ordered = scores.sort(descending=True).values
    chances = ordered.softmax(0)
    return ordered.masked_fill(chances.cumsum(0) - chances >= p, -math.inf)


def nucleus_as_chances(scores, p):
    chances = nucleus(scores, p).softmax(0)
    return torch.where(chances > 0, chances, -math.inf)


def at_least_one(scores, p):
    out = nucleus_without_the_last(scores, p)
    out[scores.argmax()] = scores.max()
    return out


def first_leak(model, tokens, vocabulary):
    scores = model(tokens[None])[0]
    for t in range(len(tokens) - 1):
        changed = tokens.clone()
        changed[t + 1 :] = (changed[t + 1 :] + 1) % vocabulary
        if (model(changed[None])[0, t] - scores[t]).abs().max() > 1e-4:
            return t
    return -1


def first_leak_of_the_next(model, tokens, vocabulary):
    scores = model(tokens[None])[0]
    for t in range(len(tokens) - 1):
        changed = tokens.clone()
        changed[t + 1] = (changed[t + 1] + 1) % vocabulary
        if (model(changed[None])[0, t] - scores[t]).abs().max() > 1e-4:
            return t
    return -1


def first_leak_exact(model, tokens, vocabulary):
    scores = model(tokens[None])[0]
    for t in range(len(tokens) - 1):
        changed = tokens.clone()
        changed[t + 1 :] = (changed[t + 1 :] + 1) % vocabulary
        if not torch.equal(model(changed[None])[0, t], scores[t]):
            return t
    return -1


def rms_norm(x, weight, epsilon):
    return x * (x.square().mean(dim=-1, keepdim=True) + epsilon).rsqrt() * weight


def hide_some(tokens, mask, generator, fates=(0.8, 0.9), share=0.15):
    chosen = torch.rand(tokens.shape, generator=generator) < share
    fate = torch.rand(tokens.shape, generator=generator)
    others = torch.randint(mask, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < fates[1]), others, tokens)
    inputs = inputs.masked_fill(chosen & (fate < fates[0]), mask)
    return inputs, tokens.masked_fill(~chosen, -100)


def hide_in_place(tokens, mask, generator):
    inputs, answers = hide_some(tokens, mask, generator)
    tokens[:] = inputs
    return tokens, answers


def hide_the_first(tokens, mask, generator):
    inputs, answers = hide_some(tokens, mask, generator, share=1)
    n = int(0.15 * len(tokens))
    return torch.cat([inputs[:n], tokens[n:]]), torch.cat([answers[:n], torch.full_like(answers[n:], -100)])


def ask_for_all(tokens, mask, generator):
    return hide_some(tokens, mask, generator)[0], tokens


RIGHT = {
    "encode_word": encode_word,
    "nucleus": nucleus,
    "first_leak": first_leak,
    "bits_per_byte": lambda perplexity, tokens, text: math.log2(perplexity) * tokens / len(text.encode()),
    "cache_bytes": lambda layers, kv_heads, d_head, size, tokens: 2 * layers * kv_heads * d_head * size * tokens,
    "rms_norm": rms_norm,
    "hide_some": hide_some,
}

WRONG = [
    ("encode_word", encode_longest_first, "learned first goes first"),
    ("encode_word", encode_from_the_right, "Go from the left"),
    ("encode_word", encode_one_occurrence, "of three in a row"),
    ("encode_word", lambda word, merges: encode_word(word, merges[:1]), "can be merged, too"),
    ("encode_word", lambda word, merges: len(encode_word(word, merges)), "return a list of pieces"),
    ("encode_word", lambda word, merges: sorted(set(encode_word(word, merges))), "lose no letter"),
    ("nucleus", nucleus_without_the_last, "the likeliest one always stays"),
    ("nucleus", at_least_one, "with which the sum reaches p"),
    ("nucleus", nucleus_left_sorted, "you keep the places"),
    ("nucleus", nucleus_as_chances, "leave the other scores as they are"),
    ("nucleus", lambda scores, p: scores[nucleus(scores, p).isfinite()], "as many as you were given"),
    ("first_leak", first_leak_exact, "are rounding, and no leak"),
    ("first_leak", first_leak_of_the_next, "Change what comes after place t, all of it"),
    ("first_leak", lambda model, tokens, v: 1 + first_leak(model, tokens, v), "expected -1"),
    ("first_leak", lambda model, tokens, v: str(first_leak(model, tokens, v)) + "!", "a whole number"),
    ("bits_per_byte", lambda perplexity, tokens, text: math.log2(perplexity) * tokens / len(text), "Count bytes"),
    (
        "bits_per_byte",
        lambda perplexity, tokens, text: math.log(perplexity) * tokens / len(text.encode()),
        "These are nats",
    ),
    ("bits_per_byte", lambda perplexity, tokens, text: math.log2(perplexity), "share them out over the bytes"),
    ("cache_bytes", lambda layers, kv_heads, d_head, size, tokens: layers * kv_heads * d_head * size * tokens, "twice"),
    ("cache_bytes", lambda layers, kv_heads, d_head, size, tokens: 2 * kv_heads * d_head * size * tokens, "Each layer"),
    ("rms_norm", lambda x, weight, epsilon: F.layer_norm(x, x.shape[-1:], weight, eps=epsilon), "That is LayerNorm"),
    (
        "rms_norm",
        lambda x, weight, epsilon: x / (x.square().mean(-1, keepdim=True).sqrt() + epsilon) * weight,
        "Add epsilon under the root",
    ),
    (
        "rms_norm",
        lambda x, weight, epsilon: x / (x.square().mean() + epsilon).sqrt() * weight,
        "Divide each token by the root of the mean",
    ),
    (
        "rms_norm",
        lambda x, weight, epsilon: x / (x.square().sum(-1, keepdim=True) + epsilon).sqrt() * weight,
        "the root of the mean of its squares",
    ),
    ("rms_norm", lambda x, weight, epsilon: F.rms_norm(x, x.shape[-1:], weight, epsilon), "do without torch.nn"),
    ("nucleus", lambda scores, p: nucleus(scores, p).nan_to_num(neginf=math.inf), "you keep the places"),
    ("hide_some", ask_for_all, "the share to be guessed is"),
    ("hide_some", lambda *given: hide_some(*given, fates=(1, 1)), "10 % a random token"),
    ("hide_some", lambda *given: hide_some(*given, fates=(0.8, 0.8)), "10 % a random token"),
    ("hide_some", lambda *given: hide_some(*given, share=0.3), "the share to be guessed is"),
    ("hide_some", hide_in_place, "work on a copy"),
    ("hide_some", hide_the_first, "not from one end"),
    ("hide_some", lambda *given: hide_some(*given)[0], "return two tensors"),
]
