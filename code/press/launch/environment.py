"""An empty virtual environment with nothing but a Jupyter kernel, and the kernels that run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from press.launch.snapshot import Snapshot
from press.settings import PressError, Settings

CONSTRAINTS = "constraints.txt"
_KERNEL = "python3"


class Environment:
    """A virtual environment for one extra of the package."""

    def __init__(self, folder: Path, settings: Settings, snapshot: Snapshot):
        """Make it; in it, `snapshot` stands in for the published repository.

        Raises PressError if it cannot be made.
        """
        self.folder = folder
        self.commit = snapshot.commit
        self._repository = snapshot.stand_in(settings.repository)
        self._constraints = settings.root / CONSTRAINTS
        self._call(sys.executable, "-m", "venv", str(folder))
        self._call(str(self.python), "-m", "pip", "install", "--quiet", "ipykernel")
        if self.is_installed():
            raise PressError(f"The new environment {folder} is not empty: it already holds the book's package.")
        self._write_kernel()

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def variables(self) -> dict[str, str]:
        """What a kernel finds in its surroundings: nothing of the environment that the press itself runs in."""
        kept = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        path = os.pathsep.join([str(self.python.parent), kept.get("PATH", "")])
        own = {"PATH": path, "PYTHONNOUSERSITE": "1", "PIP_CONSTRAINT": str(self._constraints)}
        return kept | own | self._repository

    def kernel_manager(self) -> AsyncKernelManager:
        """Make a manager whose kernels are the environment's own."""
        specs = KernelSpecManager(kernel_dirs=[str(self._kernels)], ensure_native_kernel=False)
        return AsyncKernelManager(kernel_name=_KERNEL, kernel_spec_manager=specs)

    def is_installed(self) -> bool:
        """Tell whether the book's package is in the environment, and not somewhere else."""
        found = self.ask("import importlib.util as u; print(getattr(u.find_spec('largemodels'), 'origin', ''))")
        return found.startswith(str(self.folder))

    def ask(self, program: str, question: str = "") -> str:
        """Run a small program in the environment and give what it prints."""
        return self._call(str(self.python), "-c", program, question=question).strip()

    def _call(self, *words: str, question: str = "") -> str:
        done = subprocess.run(
            words,
            cwd=self.folder.parent,
            env=self.variables,
            input=question,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PressError(f"`{' '.join(words)[:200]}` failed in the launch test: {done.stderr.strip()[-1000:]}")
        return done.stdout

    @property
    def _kernels(self) -> Path:
        return self.folder / "share" / "jupyter" / "kernels"

    def _write_kernel(self) -> None:
        # The spec that ipykernel brings says `python`, which Jupyter takes for the one that runs the press.
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        (self._kernels / _KERNEL).mkdir(parents=True, exist_ok=True)
        (self._kernels / _KERNEL / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
