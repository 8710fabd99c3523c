"""The main libraries: those whose version can change what a cell prints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version

# Name in an import -> name of the distribution.
LIBRARIES = {
    "IPython": "ipython",
    "PIL": "pillow",
    "accelerate": "accelerate",
    "captum": "captum",
    "codecarbon": "codecarbon",
    "diffusers": "diffusers",
    "fairlearn": "fairlearn",
    "fastapi": "fastapi",
    "gguf": "gguf",
    "gymnasium": "gymnasium",
    "lightning": "lightning",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "pandas": "pandas",
    "peft": "peft",
    "prometheus_client": "prometheus-client",
    "rdkit": "rdkit",
    "safetensors": "safetensors",
    "scipy": "scipy",
    "shap": "shap",
    "sklearn": "scikit-learn",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "torchmetrics": "torchmetrics",
    "transformers": "transformers",
}


def library_versions(imports: Iterable[str]) -> dict[str, str]:
    """Map each installed main library among the imported names, and those that it needs, to its version."""
    todo, found = [LIBRARIES[name] for name in imports if name in LIBRARIES], dict[str, str]()
    while todo:
        name = todo.pop()
        known = _version(name)
        if known and name not in found:
            found[name] = known
            todo += _needs(name)
    return dict(sorted(found.items()))


@cache
def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@cache
def _needs(distribution: str) -> list[str]:
    plain = [line for line in requires(distribution) or () if "extra ==" not in line]
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower().replace("_", "-") for line in plain}
    return sorted(names & set(LIBRARIES.values()))
