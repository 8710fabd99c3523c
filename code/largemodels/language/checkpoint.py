"""A GPT in a file: its weights, and beside them the facts that it can't do without."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from largemodels.language.gpt import GPT, Config


def save(model: GPT, facts: dict[str, Any], path: Path) -> str:
    """Write the weights, and facts that JSON can hold, among them the `config`.

    Returns the file's SHA-256.
    """
    # One entry: with more, their order, and so the file's digest, would differ from run to run.
    save_file(model.state_dict(), path, {"facts": json.dumps(facts)})
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path) -> tuple[GPT, dict[str, Any]]:
    """Return the model, ready to write, and the facts."""
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["facts"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    model = GPT(Config(**facts["config"]))
    model.load_state_dict(weights)
    return model.eval(), facts
