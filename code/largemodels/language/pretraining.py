"""Pre-training: predict the next token, everywhere at once, over and over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR

from largemodels.language.gpt import GPT
from largemodels.language.texts import consecutive, windows


@dataclass(frozen=True)
class Plan:
    """How to pre-train."""

    steps: int
    batch: int = 16  # windows a step
    length: int = 128  # tokens a window
    rate: float = 3e-3  # the highest learning rate
    warmup: int = 50  # steps until it is reached
    decay: float = 0.1  # of the weights


def next_token_loss(model: GPT, inputs: Tensor, answers: Tensor) -> Tensor:
    """Return the mean cross-entropy, in nats a token; both are (batch, time)."""
    scores = model(inputs)  # (batch, time, vocabulary)
    return F.cross_entropy(scores.flatten(0, 1), answers.flatten())


class Pretraining:
    """A run that can be watched, stopped, saved, and taken up again."""

    def __init__(self, model: GPT, tokens: Tensor, plan: Plan, seed: int) -> None:
        self.model, self.tokens, self.plan = model, tokens, plan
        self.optimizer = make_optimizer(model, plan)
        self.schedule = LambdaLR(self.optimizer, lambda step: scale(step, plan))
        self.generator = Generator().manual_seed(seed)

    def step(self) -> float:
        """Learn from a batch of random windows; return its loss before that."""
        size = (self.plan.length, self.plan.batch)
        inputs, answers = windows(self.tokens, *size, self.generator)
        loss = next_token_loss(self.model, inputs, answers)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step hangs on, other than the text."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where a run of the same plan was."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["generator"])


def make_optimizer(model: GPT, plan: Plan) -> torch.optim.AdamW:
    """Return AdamW; it shrinks matrices, and leaves norms and biases alone."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": plan.decay},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.95))


def scale(step: int, plan: Plan) -> float:
    """Return what times the rate a step takes: up a line, then half a cosine down."""
    if step < plan.warmup:
        return (step + 1) / plan.warmup
    progress = (step - plan.warmup) / max(1, plan.steps - plan.warmup)
    return 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2


@torch.inference_mode()
def validate(model: GPT, tokens: Tensor, length: int, most: int = 10**9) -> float:
    """Return the mean loss, nats a token, on at most that many windows side by side."""
    inputs, answers = (part[:most] for part in consecutive(tokens, length))
    total = 0.0
    for x, y in zip(inputs.split(32), answers.split(32), strict=True):
        total += len(x) * next_token_loss(model, x, y).item()
    return total / len(inputs)
