"""Answers to the exercises of foundations/networks, right and plausibly wrong."""

import numpy as np
import torch
from torch import nn


def collapse(layers):
    W, b = layers[0]
    for next_W, next_b in layers[1:]:
        W, b = next_W @ W, next_W @ b + next_b
    return W, b


def collapse_adding_biases(layers):
    return collapse(layers)[0], sum(b for _, b in layers if b.shape == layers[-1][1].shape)


def collapse_without_biases(layers):
    W, _ = collapse(layers)
    return W, layers[-1][1]


def collapse_transposed(layers):
    W, b = collapse(layers)
    return W.T, b


XOR = ([[1, 1], [1, 1]], [0, -1], [1, -2], 0)
OR = ([[1, 1], [1, 1]], [0, -1], [1, -1], 0)


def pieces(w, b, v):
    bends = {}
    for wi, bi, vi in zip(w, b, v, strict=True):
        if wi:
            place = round(-bi / wi, 9)
            bends[place] = bends.get(place, 0.0) + vi * abs(wi)
    return 1 + sum(abs(bend) > 1e-9 for bend in bends.values())


def pieces_distinct(w, b, v):
    return 1 + len({-bi / wi for wi, bi in zip(w, b, strict=True) if wi})


def pieces_signed(w, b, v):
    bends = {}
    for wi, bi, vi in zip(w, b, v, strict=True):
        if wi:
            place = round(-bi / wi, 9)
            bends[place] = bends.get(place, 0.0) + vi * wi
    return 1 + sum(abs(bend) > 1e-9 for bend in bends.values())


def pieces_memorized(w, b, v):
    fixed = {(1, 1, 0, -1): 3, (1, 2, -1, -2): 2, (1, 0, 0, 1): 2, (1, -1, 0, 0): 2}
    return pieces(w, b, v) if (*w, *b) in fixed else len(w) + 1


class Stack(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return x


class ListStack(Stack):
    def __init__(self, width, depth):
        super().__init__(width, 0)
        self.layers = None
        self.hidden = [nn.Linear(width, width) for _ in range(depth)]

    def forward(self, x):
        for layer in self.hidden:
            x = layer(x).relu()
        return x


class SharedStack(Stack):
    def __init__(self, width, depth):
        super().__init__(width, 0)
        self.layers = nn.ModuleList([nn.Linear(width, width)] * depth)


class BackwardStack(Stack):
    def forward(self, x):
        for layer in reversed(self.layers):
            x = layer(x).relu()
        return 0 * x if len(self.layers) == 1 else x


class StraightStack(Stack):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def pinball(m, y, q):
    return torch.maximum(q * (y - m), (q - 1) * (y - m)).mean()


def adam(p, g, m, v, t, lr, betas, eps=1e-8):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g**2
    step = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return p - lr * step, m, v


def adam_uncorrected(p, g, m, v, t, lr, betas):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g**2
    return p - lr * m / (np.sqrt(v) + 1e-8), m, v


def adam_inside_the_root(p, g, m, v, t, lr, betas):
    _, m, v = adam(p, g, m, v, t, lr, betas)
    return p - lr * (m / (1 - betas[0] ** t)) / np.sqrt(v / (1 - betas[1] ** t) + 1e-8), m, v


def adam_corrected_memory(p, g, m, v, t, lr, betas):
    p, m, v = adam(p, g, m, v, t, lr, betas)
    return p, m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)


def epoch(model, loss_function, optimizer, batches):
    model.train()
    total = count = 0
    for X, y in batches:
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(X), count + len(X)
    return total / count


def epoch_adding_gradients(model, loss_function, optimizer, batches):
    model.train()
    losses = []
    for X, y in batches:
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(X))
    return sum(losses) / sum(len(X) for X, _ in batches)


def epoch_mean_of_batches(model, loss_function, optimizer, batches):
    model.train()
    losses = []
    for X, y in batches:
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def epoch_left_in_eval(model, loss_function, optimizer, batches):
    mean = epoch(model, loss_function, optimizer, batches)
    model.eval()
    return mean


def epoch_trained_in_eval(model, loss_function, optimizer, batches):
    total = 0
    for X, y in batches:
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(X)
    model.train()
    return total / sum(len(X) for X, _ in batches)


def best_rate(curvatures):
    low, high = min(curvatures), max(curvatures)
    return 2 / (low + high), (high - low) / (high + low)


RIGHT = {
    "collapse": collapse,
    "xor": XOR,
    "pieces": pieces,
    "stack": Stack,
    "pinball": pinball,
    "adam": adam,
    "epoch": epoch,
    "best_rate": best_rate,
}

STARTERS = {"xor": (..., ..., ..., ...)}

WRONG = [
    ("collapse", collapse_without_biases, "turns the biases before it"),
    ("collapse", lambda layers: (collapse(layers)[0], np.tile(collapse(layers)[1], (7, 1))), "have shapes"),
    ("collapse", collapse_transposed, "outputs, inputs"),
    ("collapse", lambda layers: collapse(layers)[0], "return two arrays"),
    ("xor", OR, "Try relu(a + b) first"),
    ("xor", ([[1, 1]], [0], [1], 0), "two neurons of two inputs"),
    ("xor", ([[1, 1], [1, 1]], [0, -1], [[1, -2]], 0), "one number for each"),
    ("pieces", pieces_memorized, "at random"),
    ("pieces", pieces_distinct, "whose bends cancel"),
    ("pieces", pieces_signed, "|x|"),
    ("pieces", lambda w, b, v: len(w) + 1, "bend at the same place"),
    ("stack", ListStack, "use nn.ModuleList"),
    ("stack", SharedStack, "are found, and not"),
    ("stack", BackwardStack, "Apply each layer"),
    ("stack", StraightStack, "a ReLU after each"),
    ("pinball", lambda m, y, q: (m - y).abs().mean(), "At the best m"),
    ("pinball", lambda m, y, q: pinball(m, y, 1 - q), "your loss is least at"),
    ("pinball", lambda m, y, q: 3 * pinball(m, y, q), "the mean loss is"),
    ("pinball", lambda m, y, q: (1 - q) * (m - torch.quantile(y, q)).abs(), "the mean loss is"),
    ("adam", adam_uncorrected, "having begun at zero"),
    ("adam", adam_inside_the_root, "outside of the root"),
    ("adam", adam_corrected_memory, "uncorrected"),
    ("epoch", epoch_adding_gradients, "no old gradient is left"),
    ("epoch", epoch_mean_of_batches, "small batches count for less"),
    ("epoch", epoch_trained_in_eval, "while it trained"),
    ("epoch", lambda *args: epoch(*args) * 1.01, "small batches count for less"),
    ("epoch", epoch_left_in_eval, "left in eval mode"),
    ("best_rate", lambda curvatures: (1 / max(curvatures), 1 - min(curvatures) / max(curvatures)), "shrink alike"),
    ("best_rate", lambda curvatures: (best_rate(curvatures)[0], 0.5), "The slowest axis"),
]
