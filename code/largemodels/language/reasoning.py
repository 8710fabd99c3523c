"""Reasoning by reinforcement learning, small enough to see: sums of digits, checked.

The question is five digits from 0 to 4 and "=", the right answer their sum modulo five.
A model may answer at once ("32402=1.") or write the running sum first ("32402=30441."):
its answer is the last digit before the full stop. `verify` looks at nothing else.
`code/scripts/language/reasoning.py` has made the policy that `load_base` returns.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from largemodels.language import checkpoint
from largemodels.language.gpt import GPT, Cache, llama
from largemodels.language.masking import IGNORED

WEIGHTS = Path(__file__).with_name("reasoning_base.safetensors")
DIGITS = 5  # in a question
BASE = 5  # digits are 0 to 4
EQUALS, STOP, VOCABULARY = BASE, BASE + 1, BASE + 2
ALPHABET = "01234=."
CONFIG = llama(VOCABULARY, 2 * DIGITS + 2, width=64, layers=2, heads=4)


def questions(n: int, generator: Generator) -> Tensor:
    """Return n questions, (n, DIGITS + 1)."""
    digits = torch.randint(BASE, (n, DIGITS), generator=generator)
    return torch.cat([digits, torch.full((n, 1), EQUALS)], dim=1)


def demonstrate(asked: Tensor, share: float, generator: Generator) -> Tensor:
    """Answer as people would: that share with the running sum, the others at once.

    Returns (n, DIGITS + 1): what is written, with stops after its end.
    """
    sums = asked[:, :DIGITS].cumsum(dim=1) % BASE  # (n, DIGITS)
    stop = torch.full((len(asked), 1), STOP)
    steps = torch.cat([sums, stop], dim=1)
    at_once = torch.cat([sums[:, -1:], stop.expand(-1, DIGITS)], dim=1)
    by_steps = torch.rand(len(asked), 1, generator=generator) < share
    return torch.where(by_steps, steps, at_once)


def written(answers: Tensor) -> Tensor:
    """Return which tokens the model wrote: all up to its first stop; (n, time)."""
    stops = (answers == STOP).long()
    return stops.cumsum(dim=1) - stops == 0


def verify(asked: Tensor, answers: Tensor) -> Tensor:
    """Return 1 for each answer that ends in the right digit, else 0; (n,)."""
    right = asked[:, :DIGITS].sum(dim=1) % BASE
    last = written(answers).sum(dim=1) - 2  # before the stop
    stopped = (answers == STOP).any(dim=1)
    digit = answers.gather(1, last.clamp(min=0)[:, None]).squeeze(1)
    return ((digit == right) & stopped & (last >= 0)).float()


def imitate(model: GPT, asked: Tensor, shown: Tensor) -> Tensor:
    """Return the loss of the demonstrations, up to their first stop."""
    scores = model(torch.cat([asked, shown[:, :-1]], dim=1))[:, asked.shape[1] - 1 :]
    answers = shown.masked_fill(~written(shown), IGNORED)
    flat = scores.flatten(0, 1), answers.flatten()
    return F.cross_entropy(*flat, ignore_index=IGNORED)


@torch.no_grad()
def roll_out(model: GPT, asked: Tensor, generator: Generator) -> Tensor:
    """Let the model answer each question, at random; (n, DIGITS + 1)."""
    cache, new, tokens = Cache(model.config), asked, []
    for _ in range(DIGITS + 1):
        chances = model(new, cache)[:, -1].softmax(dim=-1)  # (n, vocabulary)
        new = torch.multinomial(chances, 1, generator=generator)  # (n, 1)
        tokens.append(new)
    return torch.cat(tokens, dim=1)


def log_probabilities(model: GPT, asked: Tensor, answers: Tensor) -> Tensor:
    """Return the log-probability of each token of the answers, (n, time)."""
    scores = model(torch.cat([asked, answers[:, :-1]], dim=1))[:, asked.shape[1] - 1 :]
    logs = scores.log_softmax(dim=-1)  # (n, time, vocabulary)
    return logs.gather(2, answers[:, :, None]).squeeze(2)


def advantages(rewards: Tensor) -> Tensor:
    """Return how much better each answer is than its group's mean, in deviations.

    Rewards are (questions, group). Where all are equally good, nothing is learned.
    """
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True) + 1e-6)


def policy_loss(
    model: GPT,
    asked: Tensor,
    answers: Tensor,
    advantage: Tensor,
) -> Tensor:
    """Return the loss whose gradient makes good answers likelier and bad ones rarer."""
    logs = log_probabilities(model, asked, answers)  # (n, time)
    wrote = written(answers)
    return -(advantage[:, None] * logs * wrote).sum() / wrote.sum()


def improve(
    model: GPT,
    optimizer: torch.optim.Optimizer,
    generator: Generator,
    n: int = 32,
    group: int = 16,
) -> tuple[float, float]:
    """Answer n questions `group` times each, and learn; return reward and length."""
    asked = questions(n, generator).repeat_interleave(group, dim=0)
    answers = roll_out(model, asked, generator)
    rewards = verify(asked, answers)
    advantage = advantages(rewards.view(n, group)).flatten()
    optimizer.zero_grad()
    policy_loss(model, asked, answers, advantage).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return rewards.mean().item(), written(answers).sum(dim=1).float().mean().item()


def load_base() -> GPT:
    """Return the policy to begin with: it answers at once, or adds up, half right."""
    return checkpoint.load(WEIGHTS)[0]


def sums_right(asked: Tensor, answers: Tensor) -> Tensor:
    """Return 1 for each answer that writes every running sum rightly, else 0; (n,)."""
    sums = asked[:, :DIGITS].cumsum(dim=1) % BASE  # (n, DIGITS)
    return ((answers[:, :DIGITS] == sums).all(dim=1) & (answers[:, DIGITS] == STOP)).float()


def attempts(model: GPT, n: int, k: int, seed: int = 999) -> tuple[Tensor, Tensor]:
    """Return n questions, each k times, and the answers: (n * k, time) both."""
    generator = Generator().manual_seed(seed)
    asked = questions(n, generator).repeat_interleave(k, dim=0)
    return asked, roll_out(model, asked, generator)


def stepwise(model: GPT, n: int = 400, k: int = 16) -> float:
    """Return the share of right answers among those that write the running sum."""
    asked, answers = attempts(model, n, k)
    right = verify(asked, answers)[written(answers).sum(dim=1) == DIGITS + 1]
    return right.sum().item() / max(1, len(right))


def measure(model: GPT, n: int = 400, k: int = 16, seed: int = 999) -> dict[str, float]:
    """Return the shares of right answers to n questions, asked k times each.

    `reward`: of all answers; `sums`: of all, with every running sum right; `sums in k`: of
    questions with such an answer among their k; `length`: tokens an answer.
    """
    asked, answers = attempts(model, n, k, seed)
    sums, lengths = sums_right(asked, answers), written(answers).sum(dim=1)
    return {
        "reward": verify(asked, answers).mean().item(),
        "sums": sums.mean().item(),
        "sums in k": sums.view(n, k).amax(dim=1).mean().item(),
        "length": lengths.float().mean().item(),
    }
