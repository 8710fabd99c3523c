"""Start a program of code/scripts/scaling on several processes, as torchrun does."""

from __future__ import annotations

import shlex
import sys

from largemodels.core import programs


def torchrun(name: str, arguments: str = "", *, processes: int, timeout: float = 120) -> None:
    """Run a program on so many processes of this machine, and show what it says.

    Raises ProgramError if it fails, or has not ended after `timeout` seconds.
    """
    start = f"--standalone --nproc-per-node {processes} --"  # what follows is the program's
    path, asked = programs.find(name), shlex.split(arguments)
    command = [sys.executable, "-m", "torch.distributed.run", *start.split(), str(path), *asked]
    programs.run(command, f"torchrun {start} {name} {arguments}".rstrip(), timeout)
