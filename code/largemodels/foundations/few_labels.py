"""One task, from few labels to many: digits, for a network that knows photographs.

Five ways to learn it: a classifier on frozen features, the same part of the network
fine-tuned, with batch norm's old statistics or new ones, the same from scratch, and LeNet
from scratch. `few_labels.csv` holds what
`python -m largemodels.foundations.few_labels_record` has recorded.
"""

from __future__ import annotations

import copy
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from largemodels.foundations.carry import probe
from largemodels.foundations.efficientnet import EfficientNetLite0
from largemodels.foundations.fitting import Batches, accuracy, train
from largemodels.foundations.lenet import LeNet
from largemodels.foundations.mnist import load_mnist
from largemodels.foundations.pictograms import split
from largemodels.foundations.reuse import Reused, stage_features

RECORDED = Path(__file__).with_name("few_labels.csv")
STAGE = 4  # the last that is used; of 28 pixels a side, 2 are left
TRAINED = (
    "fine-tuned",
    "fine-tuned, new statistics",
    "from scratch",
    "LeNet from scratch",
)
WAYS = ("frozen", *TRAINED)
N_TEST = 100  # of each digit
Groups = list[dict[str, object]]  # of parameters, each with its learning rate


def load_digits() -> tuple[Tensor, Tensor]:
    """Load MNIST's images as photographs, (5000, 3, 28, 28), and their digits."""
    gray, digits = load_mnist()
    images = (torch.tensor(gray)[:, None] * 255 - 127) / 128  # -1 to 1, as `preprocess`
    images = images.expand(-1, 3, -1, -1)  # red, green and blue alike
    # Channels last: the order in memory that makes separable convolutions faster.
    return images.contiguous(memory_format=torch.channels_last), torch.tensor(digits)


def frozen(features: Tensor, digits: Tensor, n: int, seed: int) -> float:
    """Return the share read by logistic regression on features, (5000, channels)."""
    return probe(features, digits, n, seed, N_TEST)


def trained(
    way: str,
    network: EfficientNetLite0,
    images: Tensor,
    digits: Tensor,
    n: int,
    seed: int,
    steps: int,
) -> float:
    """Train on n images of each digit; return the share of the test images read."""
    train, test = split(digits, n, N_TEST, seed)
    torch.manual_seed(seed)
    model, groups = prepare(way, network)
    fit(model, groups, images[train], digits[train], steps, seed)
    return accuracy(model, images[test], digits[test])


def prepare(way: str, network: EfficientNetLite0) -> tuple[nn.Module, Groups]:
    """Return a model, and its parameters in groups, each with its learning rate.

    Raises ValueError for a way that is not one of TRAINED.
    """
    if way not in TRAINED:
        raise ValueError(f"There is no way {way!r}; choose one of {', '.join(TRAINED)}.")
    if way == "LeNet from scratch":
        lenet = nn.Sequential(OneChannel(), LeNet())
        return lenet, [{"params": list(lenet.parameters()), "lr": 3e-3}]
    tuned = way != "from scratch"
    start = copy.deepcopy(network) if tuned else EfficientNetLite0()
    model = Reused(start, 10, STAGE, keep_statistics=way == "fine-tuned")
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1  # with Lite0's 0.01, 100 steps are too few to arrive
    last = torch.channels_last
    model.to(memory_format=last)  # type: ignore[call-overload]  # its stubs lack this
    return model, model.rates(3e-3 if tuned else 1e-2, 1e-2)


class OneChannel(nn.Module):
    """Images (batch, 3, height, width), gray, to their first channel."""

    def forward(self, images: Tensor) -> Tensor:
        """Return (batch, 1, height, width)."""
        return images[:, :1]


def fit(
    model: nn.Module,
    groups: Groups,
    X: Tensor,
    y: Tensor,
    steps: int,
    seed: int,
) -> None:
    """Take AdamW's steps on 32 images each, the rates up to their value and down."""
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = [group["lr"] for group in optimizer.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps)
    draw = torch.Generator().manual_seed(seed)

    def batches() -> Batches:
        for _ in range(steps):
            chosen = torch.randint(len(X), (32,), generator=draw)
            yield X[chosen], y[chosen]
            schedule.step()

    train(model, F.cross_entropy, optimizer, batches())


def steps_for(way: str, n: int) -> int:
    """Return how many steps a way takes on n images of each digit."""
    steps = 100 if n < 100 else 400
    return {"frozen": 0, "LeNet from scratch": 4 * steps}.get(way, steps)  # LeNet's are cheap


def digit_features(network: EfficientNetLite0, images: Tensor) -> Tensor:
    """Return what the network sees at the end of the stage that is used, frozen."""
    return stage_features(network, images)[STAGE]


def recorded() -> pd.DataFrame:
    """Return the recorded runs: way, n, seed, steps, accuracy."""
    return pd.read_csv(RECORDED)
