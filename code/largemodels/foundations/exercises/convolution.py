"""Checkers of the exercises of foundations/convolution."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.core.checker import call, expect, expect_close, expect_equal, expect_numbers, perform

_LAYERS = [(5, 1, 2), (2, 2, 0), (3, 1, 1), (3, 2, 1), (7, 2, 3), (1, 1, 0), (2, 1, 0)]  # kernel, stride, padding


def output_side(answer: Any, rng: np.random.Generator) -> str:
    """Judge the side of a convolution's output, against PyTorch's."""
    fixed = [(28, 5, 1, 2), (28, 5, 1, 0), (7, 2, 2, 0), (224, 3, 2, 1), (5, 5, 1, 0), (8, 3, 3, 0)]
    drawn = [
        tuple(int(v) for v in (rng.integers(8, 40), rng.integers(1, 8), rng.integers(1, 5), rng.integers(0, 4)))
        for _ in range(30)
    ]
    for n, k, s, p in fixed + drawn:
        want = F.max_pool1d(F.pad(torch.zeros(1, 1, n), (p, p)), k, s).shape[-1]
        got = call(answer, n, k, s, p)
        hint = "A last window that would stick out is left out: round down."
        if p and got == (n + p - k) // s + 1:
            hint = "Padding counts on both ends."
        expect_close(
            got, want, 0, where=f"for side {n}, filter {k}, stride {s}, padding {p},", what="you get", hint=hint
        )
        expect(isinstance(got, int | np.integer), f"the side must be a whole number (//), and yours is {got!r}.")
    return "every window counted, none that sticks out."


def edges(answer: Any, rng: np.random.Generator) -> str:
    """Judge a filter by what it answers: edges of one direction, and nothing else."""
    W = expect_numbers(answer, "give a table of nine numbers, as nested lists or an array: is a `...` left?")
    expect(W.shape == (3, 3), f"your filter has shape {W.shape}: make it (3, 3).")
    step = np.zeros((9, 9))
    step[:, 5:] = 1.0  # dark on the left, bright on the right
    even = np.full((9, 9), rng.uniform(1, 5))
    here, away, flat, across = (_answers(W, image) for image in (step, 1 - step, even, step.T))
    expect(np.abs(flat).max() < 1e-9, "on an even patch your filter must answer 0: its numbers must add up to 0.")
    right = here.max() > 1e-6 and here.min() > -1e-9
    expect(right, "where it gets brighter to the right, answer with positive numbers, and nowhere with negative ones.")
    expect(away.min() < -1e-6 and away.max() < 1e-9, "where it gets darker to the right, answer with negative numbers.")
    sideways = "on an edge that runs from side to side, dark above and bright below, it must answer 0."
    expect(np.abs(across).max() < 1e-9, sideways)
    return "it sees edges that run upright, tells which side is bright, and nothing else."


def conv1d(answer: Any, rng: np.random.Generator) -> str:
    """Judge a one-dimensional convolution with channels, stride and padding, against PyTorch's."""
    for case in range(20):
        inside, outside, n, k = (int(rng.integers(low, high)) for low, high in ((1, 4), (1, 5), (8, 20), (1, 6)))
        stride, padding = (1, 0) if case < 3 else (int(rng.integers(1, 4)), int(rng.integers(0, 3)))
        x, W, b = (
            rng.standard_normal((inside, n)),
            rng.standard_normal((outside, inside, k)),
            rng.standard_normal(outside),
        )
        want = F.conv1d(torch.tensor(x), torch.tensor(W), torch.tensor(b), stride, padding)
        got = call(answer, x.copy(), W.copy(), b.copy(), stride, padding)
        where = f"for x {x.shape}, W {W.shape}, stride {stride}, padding {padding},"
        hint = "Sum over channels and over the window; do not turn the filter around; add b once."
        expect_close(got, want, 1e-9, where=where, hint=hint)
    return "channels, stride and padding, as PyTorch has them."


def gradients(answer: Any, rng: np.random.Generator) -> str:
    """Judge the gradients of a convolution along its filters and its input, against autograd's."""
    for _ in range(6):
        c, f, k, n = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(5, 9))
        x = torch.tensor(rng.standard_normal((c, n, n)), requires_grad=True)
        W = torch.tensor(rng.standard_normal((f, c, k, k)), requires_grad=True)
        y = F.conv2d(x[None], W)[0]
        G = torch.tensor(rng.standard_normal(tuple(y.shape)))
        y.backward(G)
        got = call(answer, x.detach().numpy().copy(), W.detach().numpy().copy(), G.numpy().copy())
        expect(isinstance(got, tuple | list) and len(got) == 2, "return two arrays: the slopes along W and along x.")
        swapped = np.shape(got[0]) == tuple(x.shape) and np.shape(got[1]) == tuple(W.shape)
        expect(not swapped, "the two results are swapped: the slopes along W come first.")
        hint = "Y = W X as matrices, so the slopes along W are G X^T."
        expect_close(got[0], W.grad, 1e-9, where="along W,", hint=hint)
        hint = "Send W^T G back to the pixels with col2im, which adds where windows overlap."
        expect_close(got[1], x.grad, 1e-9, where="along x,", hint=hint)
    return "both are PyTorch's, and both are one matrix product."


def field(answer: Any, rng: np.random.Generator) -> str:
    """Judge the receptive field of a stack of layers, by the gradients of one."""
    stacks = [[_LAYERS[int(i)] for i in rng.integers(0, len(_LAYERS), size=depth)] for depth in (1, 2, 3, 4)]
    for layers in [[(5, 1, 2), (2, 2, 0), (5, 1, 0), (2, 2, 0)], [], *stacks]:
        got = call(answer, list(layers))
        expect(isinstance(got, tuple | list) and len(got) == 2, "return two numbers: the size and the jump.")
        hint = "Each layer adds (kernel - 1) times the jump so far; then the jump is multiplied by the stride."
        what = "size and jump are"
        expect_close(got, _measured_field(layers), 0, where=f"for {layers},", what=what, hint=hint)
    return "as the gradients have it."


def depthwise(answer: Any, rng: np.random.Generator) -> str:
    """Judge a separable convolution: its shape, its parameters, and that channels don't mix in its first part."""
    expect(isinstance(answer, type) and issubclass(answer, nn.Module), "write a class that inherits from nn.Module.")
    for _ in range(4):
        inside, outside = int(rng.integers(2, 7)), int(rng.integers(2, 9))
        module = call(answer, inside, outside)
        y = perform(module, torch.randn(2, inside, 9, 11))
        expect_equal(tuple(y.shape), (2, outside, 9, 11), where="for images of 9 by 11,", what="the output has shape")
        want, found = 9 * inside + inside * outside + outside, sum(p.numel() for p in module.parameters())
        hint = "9 weights for each channel in, without bias (groups=inside); then a 1 by 1 convolution with bias."
        what = "the number of parameters is"
        expect_close(found, want, 0, where=f"for {inside} channels in and {outside} out,", what=what, hint=hint)
        _expect_separate(module, inside)
    return "each channel is filtered by itself, and then they are mixed."


def shuffle_pixels(answer: Any, rng: np.random.Generator) -> str:
    """Judge a shuffle of pixels: the same for all images, lossless, thorough, and another for another seed."""
    X = torch.tensor(rng.random((12, 2, 6, 7)), dtype=torch.float32)
    seed, other = (int(s) for s in rng.choice(10**6, size=2, replace=False))
    got = call(answer, X.clone(), seed)
    expect(torch.is_tensor(got) and got.shape == X.shape, f"return images of the shape that came, {tuple(X.shape)}.")
    same = torch.equal(got.flatten(1).sort(1).values, X.flatten(1).sort(1).values)
    expect(same, "an image has lost or gained pixels: its numbers must be the same, in another order.")
    order = torch.tensor([(X[0].flatten() == v).nonzero().item() for v in got[0].flatten()])
    alike = torch.equal(got.flatten(1), X.flatten(1)[:, order])
    expect(alike, "images are shuffled in different orders: no network could learn from that. Draw the order once.")
    together = (order.diff().abs() == 1).double().mean().item()
    expect(
        together < 0.3, f"{together:.0%} of all neighbors in a row are neighbors still: put every number in any place."
    )
    expect(torch.equal(call(answer, X.clone(), seed), got), "the same seed must give the same order.")
    expect(not torch.equal(call(answer, X.clone(), other), got), "another seed must give another order.")
    return "one order for all, and nothing lost."


def moved_gap(answer: Any, rng: np.random.Generator) -> str:
    """Judge a measure of equivariance on layers that have it, have it in part, or don't have it."""
    x = torch.tensor(rng.standard_normal((3, 2, 12, 12)), dtype=torch.float32)
    torch.manual_seed(int(rng.integers(10**6)))
    around = nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular")
    weighted = _Places(12)
    for layer, name in (
        (around, "a circular convolution"),
        (nn.Identity(), "the identity"),
        (weighted, "weights for each place"),
    ):
        for pixels in (1, 3):
            with torch.no_grad():
                moved_after = layer(x).roll(pixels, -1)
                want = ((layer(x.roll(pixels, -1)) - moved_after).norm() / moved_after.norm()).item()
            got = call(answer, layer, x.clone(), pixels)
            hint = "Roll before, roll after, subtract; divide the norm of that by the norm of the rolled answer."
            expect(not torch.is_tensor(got), "return a plain number, not a tensor: use item().")
            expect_close(got, want, 1e-4, where=f"for {name}, rolled by {pixels},", hint=hint)
    return "zero where it must be, and the right size elsewhere."


def _answers(W: np.ndarray, image: np.ndarray) -> np.ndarray:
    return F.conv2d(torch.tensor(image)[None, None], torch.tensor(W)[None, None])[0, 0].numpy()


def _measured_field(layers: list[tuple[int, int, int]]) -> tuple[int, int]:
    """Measure which of many pixels move one output, and how far its neighbor's first lies away."""
    x = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
    y: Tensor = x
    for kernel, stride, padding in layers:
        y = F.conv1d(y, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, padding=padding)
    middle, first = y.shape[-1] // 2, []
    for place in (middle, middle + 1):
        (slopes,) = torch.autograd.grad(y[0, 0, place], x, retain_graph=True)
        first.append(slopes[0, 0].nonzero().flatten())
    return len(first[0]), int(first[1][0] - first[0][0])


def _expect_separate(module: nn.Module, inside: int) -> None:
    """Require the filters of the first part to belong to one channel each."""
    first = next((m for m in module.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)), None)
    expect(first is not None, "there is no nn.Conv2d with filters of three by three in it.")
    assert first is not None
    expect(first.groups == inside, "a pixel of one channel moves others: use groups=inside.")
    second = next((m for m in module.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (1, 1)), None)
    expect(second is not None, "there is no nn.Conv2d with filters of one by one in it.")
    assert second is not None
    x = torch.randn(2, inside, 5, 6)
    want = F.conv2d(F.conv2d(x, first.weight, padding=1, groups=inside), second.weight, second.bias)
    expect_close(
        module(x), want.detach(), 1e-5, what="the output is", hint="Look, then mix, and nothing between the two."
    )


class _Places(nn.Module):
    """Multiply each place with a number of its own."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.weights = torch.linspace(0.5, 2.0, side)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weights
