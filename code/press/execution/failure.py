"""Say why a chapter could not be executed, so that its author knows where to look."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from press.chapter import Chapter

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """Where a chapter stopped, and why."""

    place: str  # file, line and cell
    error: str  # in a sentence
    details: str  # a traceback, or nothing

    def __str__(self) -> str:
        head = f"{self.place}: {self.error}"
        return f"{head}\n{textwrap.indent(self.details, '    ')}" if self.details else head


def explain(chapter: Chapter, cell_index: int | None, error: Exception) -> Failure:
    """Describe the error that stopped a chapter in the given cell, or before any cell ran."""
    place = _place(chapter, cell_index)
    if isinstance(error, CellExecutionError):
        sentence = f"{error.ename}: {error.evalue}" if error.evalue else str(error.ename)
        return Failure(place, ANSI.sub("", sentence), ANSI.sub("", error.traceback).strip())
    if isinstance(error, CellTimeoutError):
        found = re.search(r"after (\d+) seconds", str(error))
        limit = f" after {found[1]} seconds" if found else ""
        hint = "a longer time is set by `mystnb: {execution_timeout: …}` in the front matter"
        return Failure(place, f"the cell timed out{limit} ({hint}).", "")
    if isinstance(error, DeadKernelError):
        return Failure(place, "the kernel died: a crash in compiled code, or too little memory.", "")
    if isinstance(error, NoSuchKernel):
        return Failure(place, f"there is no kernel {error.name!r}: the front matter must say python3.", "")
    return Failure(place, f"the kernel failed: {error}", "")


def _place(chapter: Chapter, cell_index: int | None) -> str:
    file = f"{chapter.docname}.md"
    if cell_index is None:
        return file
    cells = chapter.notebook.cells
    number = sum(cell.cell_type == "code" for cell in cells[: cell_index + 1])
    first = next((line for line in cells[cell_index].source.splitlines() if line.strip()), "")
    line = chapter.notebook.metadata["source_map"][cell_index]
    return f"{file}:{line}, code cell {number} (`{first.strip()}`)"
