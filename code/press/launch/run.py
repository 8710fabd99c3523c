"""One notebook, run from its first cell to its last as a reader would, and what must have happened."""

from __future__ import annotations

import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from press.chapter import Chapter, tags
from press.export.addresses import extras, notebook_path, requirement
from press.launch.environment import Environment
from press.settings import PressError, Settings

SECONDS_A_CELL = 1200  # the first cell may have to fetch torch
# How the checker's refusal of an unfinished answer begins, and what it says when it broke itself.
REFUSAL, BROKEN = "Not yet: ", "stopped its checker"


def run_notebook(
    environment: Environment, settings: Settings, chapter: Chapter, version: str
) -> tuple[list[str], float]:
    """Run an exported notebook in an environment; give what is wrong, a sentence each, and the seconds it took."""
    path = settings.notebooks / notebook_path(chapter, version)
    notebook = nbformat.read(path, as_version=4)
    take_from_checkout(notebook, requirement(settings, extras(chapter)), environment.commit)
    started = time.monotonic()
    problem = _execute(notebook, environment)
    found = [problem] if problem else refusals(notebook)
    if not problem and not environment.is_installed():
        found.append("its first cell did not install the package into the empty environment")
    return [f"{notebook_path(chapter, version)}: {text}." for text in found], time.monotonic() - started


def take_from_checkout(notebook: NotebookNode, published: str, commit: str) -> None:
    """Let the first cell install the checkout as it stands: the published commit may lack its changes.

    Raises PressError if the first cell does not install what it should.
    """
    first = notebook.cells[0]
    if first.cell_type != "code" or published not in first.source:
        raise PressError(f"The first cell of a notebook must install {published}; build the book again.")
    repository = published.rpartition("@")[0]
    first.source = first.source.replace(published, f"{repository}@{commit}")


def refusals(notebook: NotebookNode) -> list[str]:
    """Tell which checkers of an executed notebook did not refuse the untouched starter with a sentence."""
    found = []
    for number, cell in enumerate(_code(notebook), 1):
        text = printed(cell)
        if "checker" in tags(cell) and (not text.startswith(REFUSAL) or BROKEN in text):
            found.append(
                f"the checker in code cell {number} does not refuse the starter kindly, it says {text[:200]!r}"
            )
    return found


def printed(cell: NotebookNode) -> str:
    """Give what a cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs).strip()


def _execute(notebook: NotebookNode, environment: Environment) -> str:
    """Run all cells in an empty folder; give what went wrong, or ""."""
    with tempfile.TemporaryDirectory(prefix="reader-") as folder:
        client = NotebookClient(
            notebook,
            km=environment.kernel_manager(),
            timeout=SECONDS_A_CELL,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=environment.variables)
        except CellExecutionError as error:
            return _explain(notebook, error)
        except (CellTimeoutError, DeadKernelError) as error:
            return f"the kernel stopped ({' '.join(str(error).split())[:300]})"
    return ""


def _explain(notebook: NotebookNode, error: CellExecutionError) -> str:
    cells = _code(notebook)
    failed = [n for n, cell in enumerate(cells, 1) if any(o.output_type == "error" for o in cell.outputs)]
    place = f"code cell {failed[-1]}" if failed else "a code cell"
    text = f"{place} raises {error.ename}: {' '.join(str(error.evalue).split())[:500]}"
    if error.ename == "ModuleNotFoundError" and printed(cells[0]):
        text += f" (the first cell said: {printed(cells[0])[-1500:]})"
    return text


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
