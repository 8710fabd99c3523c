"""Answers to the exercises of foundations/training-craft, right and plausibly wrong."""

import math
from collections import defaultdict

import numpy as np


def surviving(scale, depth, q):
    return q * (scale / 2) ** depth


def gain(before, after):
    d = np.array(after) - np.array(before)
    return d.mean(), d.std(ddof=1) / len(d) ** 0.5


def gain_biased(before, after):
    d = np.array(after) - np.array(before)
    return d.mean(), d.std() / len(d) ** 0.5


def gain_scatter(before, after):
    d = np.array(after) - np.array(before)
    return d.mean(), d.std(ddof=1)


def gain_unpaired(before, after):
    a, b = np.array(before), np.array(after)
    return b.mean() - a.mean(), ((a.var(ddof=1) + b.var(ddof=1)) / len(a)) ** 0.5


def gain_sorted(before, after):
    return gain(sorted(before), sorted(after, reverse=True))


def warm_cosine(step, warm, total, peak, *, first=None, end=None, waves=0.5):
    if step < warm:
        return peak * step / warm
    first, end = warm if first is None else first, total if end is None else end
    return peak * 0.5 * (1 + math.cos(2 * math.pi * waves * (step - first) / (end - first)))


def warm_cosine_early(step, warm, total, peak):
    return peak * (step + 1) / warm if step < warm else warm_cosine(step, warm, total, peak)


def warm_cosine_lower_of_two(step, warm, total, peak):  # right only where the peak comes early
    return min(peak * step / warm, peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm))))


def warm_cosine_straight(step, warm, total, peak):
    return peak * step / warm if step < warm else peak * (total - step) / (total - warm)


def warm_cosine_shortened(step, warm, total, peak):
    return warm_cosine(step, warm, total, peak, end=total + warm)


def stop_at(losses, patience, *, better=lambda loss, best, before: loss < best, keep=False):
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if epoch == 0 or better(loss, losses[best], losses[epoch - 1]):
            best = epoch if loss <= losses[best] else best
            waited = waited if keep else 0
        else:
            waited += 1
        if waited == patience:
            break
    return best


def stop_at_the_last(losses, patience):
    best = waited = 0
    for epoch, loss in enumerate(losses):
        best, waited = (epoch, 0) if loss < losses[best] else (best, waited + (epoch > 0))
        if waited == patience:
            return epoch
    return best


def batch_norm(x, mean, var, *, ddof=0, running=1, momentum=0.1):
    y = (x - x.mean(0)) / np.sqrt(x.var(0, ddof=ddof) + 1e-5)
    new_mean = (1 - momentum) * mean + momentum * x.mean(0)
    return y, new_mean, (1 - momentum) * var + momentum * x.var(0, ddof=running)


def batch_norm_in_place(x, mean, var):
    mean *= 0.9
    mean += 0.1 * x.mean(0)
    return batch_norm(x, mean, var)[0], mean, 0.9 * var + 0.1 * x.var(0, ddof=1)


def batch_norm_overwriting(x, mean, var):
    _, mean, var = batch_norm(x, mean, var)
    x -= x.mean(0)
    x /= np.sqrt(x.var(0) + 1e-5)
    return x, mean, var


def batch_norm_beside(x, mean, var):
    return (x - x.mean(0)) / (x.std(0) + 1e-5), *batch_norm(x, mean, var)[1:]


def batch_norm_without(x, mean, var):
    return (x - x.mean(0)) / x.std(0), *batch_norm(x, mean, var)[1:]


def batch_norm_as_in_use(x, mean, var):
    return (x - mean) / np.sqrt(var + 1e-5), *batch_norm(x, mean, var)[1:]


def batch_norm_flat(x, mean, var):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5), *batch_norm(x, mean, var)[1:]


def encode(train, targets, new, weight, prior):
    total, count = defaultdict(float), defaultdict(int)

    def code(category):
        return (total[category] + weight * prior) / (count[category] + weight)

    codes = []
    for category, target in zip(train, targets, strict=True):
        codes.append(code(category))
        total[category] += target
        count[category] += 1
    return codes, [code(category) for category in new]


def encode_counting_ones(train, targets, new, weight, prior):
    return encode(train, [float(target == 1) for target in targets], new, weight, prior)


def encode_whole(train, targets, new, weight, prior):
    return encode(train, targets, train, weight, prior)[1], encode(train, targets, new, weight, prior)[1]


def encode_own_first(train, targets, new, weight, prior):
    codes = [encode(train[: i + 1], targets[: i + 1], [c], weight, prior)[1][0] for i, c in enumerate(train)]
    return codes, encode(train, targets, new, weight, prior)[1]


def encode_others(train, targets, new, weight, prior):
    def others(values, i):
        return values[:i] + values[i + 1 :]

    codes = [encode(others(train, i), others(targets, i), [c], weight, prior)[1][0] for i, c in enumerate(train)]
    return codes, encode(train, targets, new, weight, prior)[1]


def encode_mean_for_the_unseen(train, targets, new, weight, prior):
    codes, fresh = encode(train, targets, new, weight, prior)
    return codes, [code if c in train else np.mean(targets) for c, code in zip(new, fresh, strict=True)]


def encode_raw(train, targets, new, weight, prior):
    codes, fresh = encode(train, targets, new, 1e-12, prior)
    return codes, fresh


def encode_strict(train, targets, new, weight, prior):
    codes, _ = encode(train, targets, train, weight, prior)
    known = dict(zip(train, encode(train, targets, train, weight, prior)[1], strict=True))
    return codes, [known[c] for c in new]


RIGHT = {
    "surviving": surviving,
    "gain": gain,
    "warm_cosine": warm_cosine,
    "stop_at": stop_at,
    "batch_norm": batch_norm,
    "encode": encode,
}

WRONG = [
    ("surviving", lambda scale, depth, q: q * scale**depth, "Weights do that alone"),
    ("surviving", lambda scale, depth, q: q * scale**depth / 2, "in each layer, not once"),
    ("surviving", lambda scale, depth, q: q * (scale / 2) * depth, "take a power"),
    ("surviving", lambda scale, depth, q: (scale / 2) ** depth, "Start from q"),
    ("surviving", lambda scale, depth, q: surviving(scale, depth + 1, q), "one layer too many"),
    ("surviving", lambda scale, depth, q: q * (scale / 2) ** (depth / 2), "no root"),
    ("surviving", lambda scale, depth, q: q * (scale / 2) ** (depth - 1), "and by one half"),
    ("surviving", lambda scale, depth, q: "it fades", "return one number"),
    ("gain", lambda before, after: gain(before, after)[0], "return two numbers"),
    ("gain", lambda before, after: gain(after, before), "after less before"),
    ("gain", lambda before, after: (0.0, 1.0), "Take the mean difference"),
    ("gain", gain_unpaired, "what a seed does to both"),
    ("gain", lambda b, a: (np.mean(a) - np.mean(b), ((np.var(a) + np.var(b)) / len(a)) ** 0.5), "squares by n - 1"),
    ("gain", gain_biased, "used up one of the n"),
    ("gain", gain_scatter, "their mean scatters less"),
    ("gain", lambda b, a: (gain(b, a)[0], gain_scatter(b, a)[1] / len(a)), "the root of n, not by n"),
    ("gain", lambda b, a: (gain(b, a)[0], gain(b, a)[1] ** 2), "take its root"),
    ("gain", gain_sorted, "Spread of the differences"),
    ("warm_cosine", warm_cosine_lower_of_two, "straight line from 0 to the peak"),
    ("warm_cosine", warm_cosine_early, "At step 0 the rate is 0"),
    (
        "warm_cosine",
        lambda step, warm, total, peak: warm_cosine(step, 0, total, peak),
        "a straight line from 0 to the peak",
    ),
    ("warm_cosine", lambda *args: warm_cosine(*args, first=0), "begins at step warm, not at step 0"),
    ("warm_cosine", warm_cosine_shortened, "total - warm steps are left"),
    ("warm_cosine", lambda *args: warm_cosine(*args, waves=1), "from 0 to pi"),
    (
        "warm_cosine",
        lambda step, warm, total, peak: warm_cosine(step, warm, total, peak, end=total + 1),
        "not one step after",
    ),
    ("warm_cosine", warm_cosine_straight, "take half a cosine"),
    ("warm_cosine", lambda step, warm, total, peak: warm_cosine(step, warm, total, 1.0), "multiply by the peak"),
    ("warm_cosine", lambda step, warm, total, peak: [warm_cosine(step, warm, total, peak)], "one number for each step"),
    ("warm_cosine", lambda *args: warm_cosine(*args, waves=1.5), "Half a cosine, from the peak"),
    ("stop_at", lambda losses, patience: losses.index(min(losses)), "never seen"),
    ("stop_at", lambda losses, patience: stop_at(losses, patience) + 1, "Count epochs from 0"),
    ("stop_at", stop_at_the_last, "not the one at which training stopped"),
    ("stop_at", lambda losses, patience: stop_at(losses, patience + 1), "one epoch too patient"),
    ("stop_at", lambda losses, patience: stop_at(losses, max(patience - 1, 1)), "not patient enough"),
    ("stop_at", lambda *args: stop_at(*args, keep=True), "sets the count back to 0"),
    ("stop_at", lambda *args: stop_at(*args, better=lambda new, best, _: new <= best), "not a better one"),
    ("stop_at", lambda *args: stop_at(*args, better=lambda new, _, before: new < before), "the epoch before"),
    ("stop_at", lambda losses, patience: min(losses), "Count epochs from 0"),
    ("batch_norm", lambda *args: batch_norm(*args)[0], "return three arrays"),
    ("batch_norm", lambda *args: batch_norm(*args, ddof=1), "by n, not by n - 1"),
    ("batch_norm", lambda *args: batch_norm(*args, running=0), "other than for y"),
    ("batch_norm", lambda *args: batch_norm(*args, momentum=0.9), "the other way around"),
    ("batch_norm", lambda *args: batch_norm(*args, momentum=1), "the batch's own: keep 0.9"),
    ("batch_norm", lambda *args: batch_norm(*args, momentum=0), "has not moved"),
    ("batch_norm", batch_norm_in_place, "mean is changed in place"),
    ("batch_norm", batch_norm_overwriting, "x is changed in place"),
    ("batch_norm", batch_norm_without, "Add 1e-5 to the variance"),
    ("batch_norm", batch_norm_beside, "not beside it"),
    ("batch_norm", batch_norm_as_in_use, "the batch's own mean and variance count"),
    ("batch_norm", batch_norm_flat, "for each column"),
    ("encode", encode_counting_ones, "expected"),
    ("encode", encode_whole, "the answer is in its input"),
    ("encode", encode_own_first, "the answer is in its input"),
    ("encode", encode_others, "Use earlier rows only"),
    ("encode", encode_mean_for_the_unseen, "with none, it is the prior"),
    ("encode", encode_raw, "sum of the earlier targets"),
    ("encode", encode_strict, "KeyError"),
    ("encode", lambda *args: encode(*args)[0], "return two lists"),
    ("encode", lambda *args: encode(*args)[::-1], "one code for each row"),
]
