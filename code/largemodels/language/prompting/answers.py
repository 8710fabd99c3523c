"""Answers that were already given, so that no model is asked the same thing twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Ask = Callable[[list[str]], list[Any]]


class Answers:
    """A cache of answers, in memory, and in a file of lines where a path is given.

    The key holds all that an answer hangs on: the model's weights, the settings, the
    text that the model reads. A changed prompt is another text, and is asked anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.known: dict[str, Any] = {}
        self.asked = 0  # texts that a model had to read
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._learn(line)

    def get(
        self,
        model: str,
        settings: str,
        texts: Sequence[str],
        ask: Ask,
    ) -> list[Any]:
        """Return an answer to each text; `ask` gets those without one, each once."""
        keys = [_key(model, settings, text) for text in texts]
        new = {k: t for k, t in zip(keys, texts, strict=True) if k not in self.known}
        if new:
            self.asked += len(new)
            given = ask(list(new.values()))
            self._keep(dict(zip(new, given, strict=True)))
        return [self.known[key] for key in keys]

    def _keep(self, new: dict[str, Any]) -> None:
        self.known |= new
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # The line's end comes first: a line cut short does not spoil the next.
                file.writelines("\n" + json.dumps(pair) for pair in new.items())

    def _learn(self, line: str) -> None:
        try:
            key, answer = json.loads(line)
        except ValueError:
            return  # empty, or cut short when its writer was stopped: it is asked again
        self.known[key] = answer


def _key(*parts: str) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
