"""Execute one chapter in a fresh kernel, watched by a meter."""

from __future__ import annotations

import copy
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from press.chapter import SKIPPED_TAGS, Chapter, tags
from press.execution.failure import Failure, explain
from press.execution.meter import Meter
from press.execution.records import Record, with_python
from press.execution.tidy import tidy_outputs
from press.settings import Settings

# The same for every kernel, however many run at a time: a sum split among more threads rounds differently.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",  # the book shows what a reader without a GPU sees
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",  # matplotlib writes it instead of today
    "LARGEMODELS_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or a debugger's warning lands on the page
}


@dataclass(frozen=True)
class Executed:
    """A chapter with its outputs, and what they cost."""

    notebook: NotebookNode
    record: Record


class Runner(NotebookClient):
    """Executes one chapter, except for the cells that wait for the reader."""

    def __init__(self, chapter: Chapter, settings: Settings):
        stated = chapter.notebook.metadata.get("mystnb", {}).get("execution_timeout")
        limit = int(stated or settings.timeout)
        super().__init__(
            copy.deepcopy(chapter.notebook),
            timeout=limit,
            shutdown_kernel="immediate",
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            coalesce_streams=True,  # how a line is cut into messages depends on the clock
        )
        self._chapter = chapter
        self._settings = settings
        self._meter: Meter | None = None
        self._cell_index: int | None = None
        self._canceled = False

    def run(self, libraries: dict[str, str]) -> Executed | Failure:
        """Execute the chapter in an empty folder of its own; `libraries` are noted in the record."""
        with tempfile.TemporaryDirectory(prefix="chapter-", ignore_cleanup_errors=True) as scratch:
            start = time.monotonic()
            try:
                self._execute_in(Path(scratch))
            except (
                CellExecutionError,
                CellTimeoutError,
                DeadKernelError,
                NoSuchKernel,
                RuntimeError,
            ) as error:
                return explain(self._chapter, self._cell_index, error)
            finally:
                self._end()
            return Executed(self.nb, self._record(time.monotonic() - start, libraries))

    def cancel(self) -> None:
        """End the kernel, from another thread; `run` then returns a failure."""
        self._canceled = True
        self._end()

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Create a manager whose only kernel is this very Python, whatever else the user has installed."""
        name = self.nb.metadata.get("kernelspec", {}).get("name", "python3")
        specs = KernelSpecManager(kernel_dirs=[])
        self.km = AsyncKernelManager(kernel_name=name, kernel_spec_manager=specs)
        return self.km

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to the kernel, and start to measure it."""
        provisioner = cast(LocalProvisioner, cast(AsyncKernelManager, self.km).provisioner)
        self._meter = Meter(cast(int, provisioner.pid))
        return await super().async_start_new_kernel_client()

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **kw: Any) -> NotebookNode:
        """Execute one cell; a starter or a checker stays without outputs."""
        if self._canceled:
            raise DeadKernelError("The build was interrupted.")
        if cell.cell_type == "code" and SKIPPED_TAGS.intersection(tags(cell)):
            return cell
        self._cell_index = cell_index
        done = await super().async_execute_cell(cell, cell_index, *args, **kw)
        if self._meter:
            self._meter.sample()
        return done

    def _execute_in(self, scratch: Path) -> None:
        folder = scratch / "work"
        folder.mkdir()
        paths = [str(self._settings.root / "code"), os.environ.get("PYTHONPATH", "")]
        own = {
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "IPYTHONDIR": str(scratch / "ipython"),  # the user's own profile must not change the book
        }
        self.execute(cwd=str(folder), env={**os.environ, **ENVIRONMENT, **own})
        tidy_outputs(self.nb, self._settings.root, folder)

    def _record(self, wall_seconds: float, libraries: dict[str, str]) -> Record:
        assert self._meter, "a kernel that has run was measured"
        return Record(
            round(self._meter.cpu_seconds, 2),
            round(wall_seconds, 2),
            self._meter.peak_bytes,
            with_python(libraries),
        )

    def _end(self) -> None:
        if self._meter:
            self._meter.end()
