"""A causal language model that is asked many prompts at a time.

What all prompts begin with is read once: prompt caching, which makes examples cheap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any

import torch
from torch import Tensor

from largemodels.language.prompting.reading import Reading
from largemodels.language.prompting.writing import GREEDY, Decoding, Writing

BATCH = 20  # prompts at a time


class LM:
    """A model and its tokenizer, both of transformers.

    The model is not to be changed while it is wrapped: wrap it anew.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer

    @cached_property
    def fingerprint(self) -> str:
        """Hash the weights: another model's answers are never taken for its own."""
        digest = hashlib.blake2b(digest_size=12)
        for name, weight in self.model.state_dict().items():
            digest.update(name.encode())
            digest.update(weight.detach().contiguous().view(torch.uint8).numpy())
        return digest.hexdigest()

    def chat(self, messages: list[dict[str, str]]) -> str:
        """Write turns as the model was trained to read them, up to where it answers."""
        return self.tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=True,
        )

    def encode(self, text: str) -> list[int]:
        """Return the token numbers of a text."""
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    @torch.inference_mode()
    def label_scores(self, texts: Sequence[str], labels: Sequence[str]) -> Tensor:
        """Return (texts, labels): log-probability of each label after each text."""
        scores = torch.zeros(len(texts), len(labels))
        for rows, reading in self._readings(texts):
            for j, label in enumerate(labels):
                scores[rows, j] = reading.score(self.encode(label))
        return scores

    @torch.inference_mode()
    def generate(
        self,
        texts: Sequence[str],
        tokens: int,
        stop: str | None = None,
        decoding: Decoding = GREEDY,
    ) -> list[str]:
        """Continue each text by at most `tokens`, up to `stop` or the model's end."""
        answers = [""] * len(texts)
        for rows, reading in self._readings(texts):
            own = [texts[row] for row in rows]
            writing = Writing(self.tokenizer, own, decoding, stop)
            for _ in range(tokens):
                kept = writing.step(reading.logits)  # rows that are not at their end
                if not kept:
                    break
                reading.keep(kept)
                reading.feed(writing.last())
            for row, answer in zip(rows, writing.answers, strict=True):
                answers[row] = answer
        return answers

    def _readings(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Reading]]:
        """Read texts, those of like length together; yield which, and what was read."""
        ids = [self.encode(text) for text in texts]
        shared = min(_common(ids), min(map(len, ids)) - 1)  # one token is a row's own
        start = Reading.start(self.model, ids[0][:shared])
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            yield rows, start.read([ids[row][shared:] for row in rows])


def _common(rows: list[list[int]]) -> int:
    """Return how many tokens all rows begin with."""
    first, last = min(rows), max(rows)  # what these two share, all between them share
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return sum(1 for _ in alike)
