"""Take the building machine's folders out of outputs: the same text wherever the book is built."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

# IPython's name for a cell's source, with the kernel's process number in it. The bound on what stands before keeps
# the search fast in pictures, which are a single word of a million letters.
CELL_FILE = re.compile(r"[^\s\"']{0,300}ipykernel_\d+[\\/]\d+\.py")


def tidy_outputs(notebook: NotebookNode, root: Path, scratch: Path) -> None:
    """Shorten paths in all outputs: those into the book, a library or the scratch folder become relative."""
    folders = _folders(root, scratch)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_tidied(output, folders) for output in cell.outputs]


def _folders(root: Path, scratch: Path) -> list[str]:
    libraries = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")]
    places = {place for path in (root / "code", root, scratch, *libraries) for place in (path, path.resolve())}
    home = Path.home()
    names = [str(path) for path in places]
    names += [str(Path("~") / path.relative_to(home)) for path in places if path.is_relative_to(home)]
    return sorted((name for name in names if len(name) > 1), key=len, reverse=True)


def _tidied(value: Any, folders: list[str]) -> Any:
    if isinstance(value, str):
        return _shortened(value, folders)
    if isinstance(value, list):
        return [_tidied(item, folders) for item in value]
    if isinstance(value, dict):
        return NotebookNode({key: _tidied(item, folders) for key, item in value.items()})
    return value


def _shortened(text: str, folders: list[str]) -> str:
    if "ipykernel_" in text:
        text = CELL_FILE.sub("cell.py", text)
    for folder in folders:
        text = re.sub(rf"{re.escape(folder)}[\\/]", "", text)
    return text
