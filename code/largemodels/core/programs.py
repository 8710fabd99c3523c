"""The standalone programs of code/scripts: find one, run it, and show what it says while it says it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from subprocess import PIPE, STDOUT

CHECKOUT = Path(__file__).parents[2] / "scripts"
INSTALLED = "share/largemodels/scripts"  # below the environment's folder: see pyproject.toml


class ProgramError(Exception):
    """A program was not found, failed, or took too long: one sentence."""


def find(name: str) -> Path:
    """Return the path of a standalone program, such as `speedup.py`.

    In a checkout it lies in code/scripts/<part>; pip puts it beside the environment's
    other shared files. Raises ProgramError if there is none of this name.
    """
    found = [*CHECKOUT.glob(f"*/{name}")] or _installed(name)
    if not found:
        raise ProgramError(f"There is no program {name}; code/scripts/README.md lists them.")
    return found[0]


def run(command: Sequence[str], shown: str, timeout: float) -> None:
    """Run a command, printing its lines as they come, below the line `shown`.

    Standard error is printed with the rest. Raises ProgramError if the program has not ended
    after `timeout` seconds, or ends with another exit code than 0.
    """
    print("$", shown, flush=True)
    own = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "88"}
    with subprocess.Popen(command, stdout=PIPE, stderr=STDOUT, text=True, env={**os.environ, **own}) as process:
        # Asked to end, a launcher ends its workers first; killed, it would leave them behind.
        watch, end = threading.Timer(timeout, process.terminate), time.monotonic() + timeout
        watch.start()
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
            code = process.wait()
        finally:
            watch.cancel()
            process.terminate()
    if code and time.monotonic() > end:
        raise ProgramError(f"`{shown}` was not done after {timeout:g} s, and was ended.")
    if code:
        raise ProgramError(f"`{shown}` failed with exit code {code}; what it said is above.")


def _installed(name: str) -> list[Path]:
    """Find it among the files that pip has put into this environment."""
    try:
        listed = files("largemodels") or []
    except PackageNotFoundError:  # read from its folder, not installed
        return []
    return [Path(str(file.locate())) for file in listed if INSTALLED in file.as_posix() and file.name == name]
