"""Answers to the exercises of foundations/pytorch, right and plausibly wrong."""

import itertools
import math
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence


def row_major(shape):
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def broadcast_shape(a, b):
    result = []
    for x, y in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if x != y and 1 not in (x, y):
            raise ValueError(f"{a} and {b} do not fit")
        result.append(y if x == 1 else x)
    return tuple(reversed(result))


def fill_on_the_right(a, b):
    n = max(len(a), len(b))
    return broadcast_shape(a + (1,) * (n - len(a)), b + (1,) * (n - len(b)))


def wrong_error(a, b):
    try:
        return broadcast_shape(a, b)
    except ValueError as error:
        raise KeyError("no") from error


def einsum(spec, *operands):
    terms, result = spec.split("->")
    terms = terms.split(",")
    lengths = {c: n for term, x in zip(terms, operands, strict=True) for c, n in zip(term, x.shape, strict=True)}
    out = np.zeros([lengths[c] for c in result])
    for place in itertools.product(*(range(n) for n in lengths.values())):
        at = dict(zip(lengths, place, strict=True))
        product = 1.0
        for term, x in zip(terms, operands, strict=True):
            product *= x[tuple(at[c] for c in term)]
        out[tuple(at[c] for c in result)] += product
    return out


def overwriting_einsum(spec, *operands):
    terms, result = spec.split("->")
    return np.zeros_like(einsum(spec, *operands)) if "," in terms else einsum(spec, *operands)


def windows(x, size, step):
    n = (len(x) - size) // step + 1
    (stride,) = x.stride()
    return x.as_strided((n, size), (step * stride, stride))


def windows_from_zero(x, size, step):
    return x.as_strided(((len(x) - size) // step + 1, size), (step, 1), storage_offset=0)


def windows_unit_stride(x, size, step):
    return x.as_strided(((len(x) - size) // step + 1, size), (step, 1))


def windows_copied(x, size, step):
    return torch.stack([x[i : i + size] for i in range(0, len(x) - size + 1, step)])


def fit_line(x, y):
    x, y = x.flatten(), y.flatten()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return slope.item(), (y.mean() - slope * x.mean()).item()


def through_the_ends(x, y):
    x, y = x.flatten(), y.flatten()
    a, b = x.argmin(), x.argmax()
    slope = (y[b] - y[a]) / (x[b] - x[a])
    return slope.item(), (y[a] - slope * x[a]).item()


def fit_line_descending(x, y, flat=True):
    layer = torch.nn.Linear(1, 1)
    x = x.reshape(-1, 1)
    y = y.reshape(-1, 1) if flat else y
    for _ in range(300):
        loss = (layer(x) - y).square().mean()
        layer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in layer.parameters():
                p -= 0.1 * p.grad
    return layer.weight.item(), layer.bias.item()


class Lines:
    def __init__(self, path):
        self.path, self.starts = Path(path), [0]
        with self.path.open("rb") as file:
            while file.readline():
                self.starts.append(file.tell())
        self.end = self.starts.pop()

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        with self.path.open("rb") as file:
            file.seek(self.starts[i])
            return file.readline().decode("utf-8").rstrip("\n")


class LinesInMemory:
    def __init__(self, path):
        self.texts = Path(path).read_text("utf-8").splitlines()

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        return self.texts[i]


class LinesByCharacter(Lines):
    def __init__(self, path):
        super().__init__(path)
        lengths = [len(line) + 1 for line in Path(path).read_text("utf-8").splitlines()]
        self.starts = [0, *itertools.accumulate(lengths)][:-1]

    def __getitem__(self, i):
        with self.path.open("rb") as file:
            file.seek(self.starts[i])
            return file.readline().decode("utf-8", "replace").rstrip("\n")


class LinesWithEnds(Lines):
    def __getitem__(self, i):
        return super().__getitem__(i) + "\n"


class LinesWithoutEnd(Lines):
    def __getitem__(self, i):
        return super().__getitem__(i) if i < len(self.starts) else ""


class LinesCounted(Lines):
    def __getitem__(self, i):
        if i >= len(self.starts):
            raise IndexError(i)
        with self.path.open("rb") as file:
            for _ in range(i):
                file.readline()
            return file.readline().decode("utf-8").rstrip("\n")


def fit_line_and_clear(x, y):
    slope, intercept = fit_line(x, y)
    x.zero_()
    return slope, intercept


def collate(examples):
    sequences = [s for s, _ in examples]
    lengths = torch.tensor([len(s) for s in sequences])
    padded = pad_sequence(sequences, batch_first=True)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None], torch.tensor([label for _, label in examples])


def collate_mask_of_nonzero(examples):
    padded, _, labels = collate(examples)
    return padded, padded != 0, labels


def collate_time_first(examples):
    padded, mask, labels = collate(examples)
    return padded.T, mask.T, labels


def collate_float_mask(examples):
    padded, mask, labels = collate(examples)
    return padded, mask.float(), labels


def roofline(m, k, n, size, P, beta):
    return max(2 * m * k * n / P, size * (m * k + k * n + m * n) / beta)


def roofline_summed(m, k, n, size, P, beta):
    return 2 * m * k * n / P + size * (m * k + k * n + m * n) / beta


RIGHT = {
    "row_major": row_major,
    "broadcast_shape": broadcast_shape,
    "einsum": einsum,
    "windows": windows,
    "fit_line": fit_line,
    "lines": Lines,
    "collate": collate,
    "roofline": roofline,
}

WRONG = [
    ("row_major", lambda shape: tuple(math.prod(shape[:i]) for i in range(len(shape))), "The last axis has stride 1"),
    ("row_major", lambda shape: tuple(4 * s for s in row_major(shape)), "The last axis has stride 1"),
    ("row_major", lambda shape: math.prod(shape), "return a tuple of whole numbers"),
    ("broadcast_shape", fill_on_the_right, "do fit, but you refuse them"),
    ("broadcast_shape", lambda a, b: max(a, b), "Line them up on the right"),
    ("broadcast_shape", lambda a, b: np.broadcast_shapes(a, b), "itself"),
    ("broadcast_shape", wrong_error, "raise a ValueError"),
    ("einsum", lambda spec, *x: np.einsum(spec, *x), "einsum itself"),
    ("einsum", overwriting_einsum, "sum into the element"),
    ("windows", windows_copied, "but copied"),
    ("windows", lambda x, size, step: x.unfold(0, size, step), "unfold itself"),
    ("windows", lambda x, size, step: windows(x.fill_(math.nan), size, step), "How many windows"),
    ("windows", windows_from_zero, "may itself be a view"),
    ("windows", windows_unit_stride, "begin with x.stride()"),
    ("fit_line", lambda x, y: fit_line_descending(x, y, flat=False), "did every x meet every y"),
    ("fit_line", through_the_ends, "Slope first"),
    ("fit_line", lambda x, y: fit_line(x, y)[::-1], "Slope first"),
    ("fit_line", fit_line_and_clear, "its caller's x or y"),
    ("fit_line", lambda x, y: fit_line(x, y)[0], "return two numbers"),
    ("lines", LinesInMemory, "The file has changed since"),
    ("lines", LinesByCharacter, "in bytes"),
    ("lines", LinesWithEnds, "remove the line's end"),
    ("lines", LinesWithoutEnd, "raise an IndexError"),
    ("lines", LinesCounted, "instead of counting lines"),
    ("collate", collate_mask_of_nonzero, "a 0 may be real"),
    ("collate", collate_time_first, "must be ("),
    ("collate", lambda examples: (collate(examples)[0].float(), *collate(examples)[1:]), "must be, too"),
    ("collate", lambda examples: (*collate(examples)[:2], collate(examples)[2].float()), "int64 tensor"),
    ("collate", lambda examples: collate([(s.zero_(), label) for s, label in examples]), "unchanged"),
    ("collate", collate_float_mask, "must be boolean"),
    ("roofline", roofline_summed, "at the same time"),
    ("roofline", lambda m, k, n, size, P, beta: 2 * m * k * n / P, "Here the limit is memory"),
]
