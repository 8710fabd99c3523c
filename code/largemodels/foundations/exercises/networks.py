"""Checkers of the exercises of foundations/networks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from largemodels.core.checker import call, expect, expect_close, expect_numbers, perform
from largemodels.foundations.fitting import train


def collapse(answer: Any, rng: np.random.Generator) -> str:
    """Judge the one layer that a row of linear layers is, on layers of different widths."""
    for case in range(12):
        widths = rng.integers(1, 6, size=2 + case % 4).tolist() if case else [2, 3]
        layers = [(rng.standard_normal((m, n)), rng.standard_normal(m)) for n, m in pairwise(widths)]
        want = x = rng.standard_normal((7, widths[0]))
        for W, b in layers:
            want = want @ W.T + b
        got = call(answer, [(W.copy(), b.copy()) for W, b in layers])
        expect(isinstance(got, tuple | list) and len(got) == 2, "return two arrays, W and b.")
        shapes, where = (np.shape(got[0]), np.shape(got[1])), f"for widths {widths},"
        right = ((widths[-1], widths[0]), (widths[-1],))
        expect(shapes == right, f"{where} W and b have shapes {shapes}, and should have {right}: (outputs, inputs).")
        hint = "The weights multiply in reverse, and each later layer turns the biases before it."
        expect_close(x @ got[0].T + got[1], want, 1e-9, where=where, what="your layer gives", hint=hint)
    return "any number of layers is one."


def xor(answer: Any, rng: np.random.Generator) -> str:  # noqa: ARG001
    """Judge weights set by hand, for a function that no straight line separates."""
    expect(isinstance(answer, tuple | list) and len(answer) == 4, "give four arrays: W1, b1, w2 and b2.")
    sentence = "W1, b1, w2 and b2 must be made of numbers only: is a `...` left?"
    W1, b1, w2, b2 = (expect_numbers(part, sentence) for part in answer)
    expect(W1.shape == (2, 2), f"W1 has shape {W1.shape}: two neurons of two inputs make (2, 2).")
    expect(b1.shape == (2,) and w2.shape == (2,), "b1 and w2 have one number for each of the two neurons.")
    expect(b2.shape == (), "b2 is a single number.")
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    got = np.maximum(inputs @ W1.T + b1, 0) @ w2 + b2
    for point, value, want in zip(inputs.tolist(), got, (0, 1, 1, 0), strict=True):
        expect_close(value, want, 1e-9, where=f"at {point}", what="your network gives", hint="Try relu(a + b) first.")
    return "two neurons do what one can't."


def pieces(answer: Any, rng: np.random.Generator) -> str:
    """Judge the number of straight pieces of one hidden layer, with joints that coincide, cancel, or never come."""
    cases = [
        ([1, 1], [0, -1], [1, 1], 3, "two joints"),
        ([1, 2], [-1, -2], [1, 1], 2, "two neurons that bend at the same place"),
        ([1, 2], [-1, -2], [2, -1], 1, "two neurons whose bends cancel"),
        ([1, 0], [0, 1], [1, 1], 2, "a neuron of weight 0, which never bends"),
        ([1, -1], [0, 0], [1, 1], 2, "|x|, from two neurons that bend at 0"),
        ([1, -1], [0, 0], [1, -1], 1, "x itself, from two neurons that bend at 0"),
        ([1, 1], [0, -1], [1, 0], 2, "a neuron that nobody listens to"),
    ]
    for w, b, v, want, what in cases:
        _expect_pieces(answer, w, b, v, want, what)
    for _ in range(20):
        _expect_pieces(answer, *_random_joints(rng), "neurons at random, some with equal joints, some cancelling")
    return "joints that coincide, cancel or never come are all counted right."


def stack(answer: Any, rng: np.random.Generator) -> str:
    """Judge a module of any depth: that its parts are found, its own, bent, and in order."""
    expect(isinstance(answer, type) and issubclass(answer, nn.Module), "write a class that inherits from nn.Module.")
    for depth in (1, 3, 3, 3):
        width = int(rng.integers(3, 6))
        module = call(answer, width, depth)
        shapes = sorted(tuple(p.shape) for p in module.parameters())
        want = sorted([(width, width), (width,)] * depth)
        hint = "A plain list hides its modules: use nn.ModuleList. And call super().__init__() first."
        found = (
            f"width {width}, depth {depth}: {len(shapes)} tensors of parameters are found, and not {2 * depth}. {hint}"
        )
        expect(shapes == want, found)
        _expect_stacked(module, torch.tensor(rng.standard_normal((5, width)), dtype=torch.float32))
    return "found, saved and applied in order."


def pinball(answer: Any, rng: np.random.Generator) -> str:
    """Judge a loss by the constant that it wants: a quantile."""
    for q in (0.1, 0.5, 0.9):
        y = torch.tensor(rng.exponential(size=401))
        m = torch.linspace(0, 5, 2001, dtype=torch.float64)
        losses = torch.tensor([float(call(answer, value, y, q)) for value in m])
        expect(bool(torch.isfinite(losses).all()), f"for q = {q} the loss is not finite.")
        got, want = m[losses.argmin()].item(), torch.quantile(y, q).item()
        hint = "At the best m, what must a small move up save, and what must it cost?"
        expect_close(got, want, 0.02, where=f"for q = {q},", what="your loss is least at", hint=hint)
        for value in rng.uniform(-1, 4, size=3):
            got = float(call(answer, torch.tensor(value), y, q))
            want = torch.maximum(q * (y - value), (1 - q) * (value - y)).mean().item()
            expect_close(got, want, 1e-6, where=f"for q = {q} and m = {value:.2f},", what="the mean loss is", hint=hint)
    return "it wants the quantile, from below and from above."


def adam(answer: Any, rng: np.random.Generator) -> str:
    """Judge one step of Adam after another against PyTorch's, from the first."""
    for _ in range(5):
        lr, betas = 10 ** rng.uniform(-3, -1), (rng.uniform(0.5, 0.95), rng.uniform(0.9, 0.999))
        p = torch.tensor(rng.standard_normal(4), requires_grad=True)
        theirs = torch.optim.Adam([p], lr, betas)
        ours, m, v = p.detach().numpy().copy(), np.zeros(4), np.zeros(4)
        for t in range(1, 8):
            g = rng.standard_normal(4) * 10 ** rng.uniform(-3, 1)
            p.grad = torch.tensor(g)
            theirs.step()
            got = call(answer, ours.copy(), g.copy(), m.copy(), v.copy(), t, lr, betas)
            expect(isinstance(got, tuple | list) and len(got) == 3, "return three arrays: p, m and v.")
            hint = "Correct m and v for having begun at zero." if t == 1 else "Carry m and v on, uncorrected."
            if np.allclose(got[0], _epsilon_inside(ours, g, m, v, t, lr, betas), rtol=1e-12, atol=0):
                hint = "Nearly: epsilon stands outside of the root, not inside."
            expect_close(got[0], p.detach().numpy(), 1e-9, where=f"after step {t},", what="p is", hint=hint)
            ours, m, v = got
    return "step for step, PyTorch's."


def epoch(answer: Any, rng: np.random.Generator) -> str:
    """Judge an epoch of training by its effect, beside the same steps done here."""
    sizes = [4, int(rng.integers(2, 6)), int(rng.integers(6, 9)), 1]
    X, y = torch.tensor(rng.standard_normal((30, 3)), dtype=torch.float32), torch.tensor(rng.integers(0, 2, 30))
    batches = list(zip(X[: sum(sizes)].split(sizes), y[: sum(sizes)].split(sizes), strict=True))
    models = [_small(), _small()]
    optimizers = [torch.optim.SGD(m.parameters(), 0.1, momentum=0.9) for m in models]
    for _ in range(2):
        losses = train(models[0], nn.functional.cross_entropy, optimizers[0], batches)
        want = np.average(losses, weights=sizes)
        models[1].eval()  # somebody has looked at it in between
        got = call(answer, models[1], nn.functional.cross_entropy, optimizers[1], batches)
        expect(not torch.is_tensor(got), "return a plain number: a tensor keeps its record alive. Use item().")
        _expect_training(models[1])
        for a, b in zip(models[1].parameters(), models[0].parameters(), strict=True):
            hint = "Each batch once: zero_grad, backward, step, in an order in which no old gradient is left."
            expect_close(a, b.detach(), 1e-6, where="after an epoch,", what="a parameter is", hint=hint)
        hint = "The mean over *examples*, of each batch's loss before its step: small batches count for less."
        expect_close(got, want, 1e-6, what="the mean loss you return is", hint=hint)
    return "every step is right, and the mean counts examples."


def best_rate(answer: Any, rng: np.random.Generator) -> str:
    """Judge the best learning rate on a bowl, and the factor that is left at each step."""
    for _ in range(20):
        curvatures = (10 ** rng.uniform(-3, 3, size=int(rng.integers(1, 6)))).tolist()
        got = call(answer, list(curvatures))
        expect(isinstance(got, tuple | list) and len(got) == 2, "return two numbers: the rate, and the factor.")
        low, high = min(curvatures), max(curvatures)
        where = f"for curvatures from {low:.3g} to {high:.3g},"
        hint = "At the best rate the flattest and the steepest axis shrink alike: one from above, one by overshooting."
        expect_close(got[0] * (low + high), 2.0, 1e-9, where=where, what="rate times (lowest + highest) is", hint=hint)
        hint = "The slowest axis sets the pace: the largest |1 - rate * curvature|."
        expect_close(got[1], (high - low) / (high + low), 1e-9, where=where, what="the factor is", hint=hint)
    return "the steepest and the flattest axis share the pain."


def _expect_pieces(
    answer: Any, w: Sequence[float], b: Sequence[float], v: Sequence[float], want: int, what: str
) -> None:
    got = call(answer, np.array(w, dtype=float), np.array(b, dtype=float), np.array(v, dtype=float))
    hint = "Where does the slope of the whole change, and by how much?"
    expect_close(got, want, 0, where=f"for {what},", what="you count", hint=hint)


def _epsilon_inside(
    p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, t: int, lr: float, betas: tuple[float, float]
) -> np.ndarray:
    m_hat = (betas[0] * m + (1 - betas[0]) * g) / (1 - betas[0] ** t)
    v_hat = (betas[1] * v + (1 - betas[1]) * g**2) / (1 - betas[1] ** t)
    return np.asarray(p - lr * m_hat / np.sqrt(v_hat + 1e-8))


def _random_joints(rng: np.random.Generator) -> tuple[list[float], list[float], list[float], int]:
    """Draw neurons, shuffled, some with the same joint, some of those cancelling; and count the pieces."""
    joints = 0
    w, b, v = (list[float]() for _ in range(3))
    for place in rng.choice(np.arange(-8, 9), size=int(rng.integers(1, 6)), replace=False) / 4:
        slopes = rng.choice([-2.0, -1.0, 1.0, 2.0], size=int(rng.integers(1, 4)))
        heard = rng.integers(1, 5, size=len(slopes)).astype(float)
        if rng.random() < 0.4 and len(slopes) > 1:  # the last one takes back what the others bend
            heard[-1] = -(heard[:-1] * abs(slopes[:-1])).sum() / abs(slopes[-1])
        joints += bool(abs((heard * abs(slopes)).sum()) > 1e-9)
        w, b, v = [*w, *slopes], [*b, *(-slopes * place)], [*v, *heard]
    order = rng.permutation(len(w))
    return [w[i] for i in order], [b[i] for i in order], [v[i] for i in order], joints + 1


def _expect_stacked(module: nn.Module, x: Tensor) -> None:
    """Compare with the layers applied one by one, in the order of their names, for fresh numbers."""
    weights = dict(module.named_parameters())
    with torch.no_grad():
        for p in weights.values():
            p.uniform_(-0.3, 0.7)  # mostly positive, so that something gets through
    want = x
    for name in (n for n in weights if n.endswith("weight")):
        want = nn.functional.linear(want, weights[name], weights[name.removesuffix("weight") + "bias"]).relu()
    got = perform(module, x)
    expect_close(got, want.detach(), 1e-5, what="the output is", hint="Apply each layer, and a ReLU after each.")


def _expect_training(model: nn.Sequential) -> None:
    expect(model.training, "the model was left in eval mode: begin with model.train().")
    watched = next(m for m in model if isinstance(m, _Watched))
    expect(all(watched.modes), "the model was in eval mode while it trained: begin with model.train().")


class _Watched(nn.Identity):
    """Pass on what comes, and note in which mode."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.training)
        return x


def _small() -> nn.Sequential:
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(_Watched(), nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(0, 0.5, generator=generator)
    return model
