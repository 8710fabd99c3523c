"""Make the environment `.venv` and install the book's packages into it, at the versions of constraints.txt.

The Makefile runs this file with whatever Python it finds, so it uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv"
# Holds the fingerprint of what is installed; the Makefile compares its date with that of its causes.
STAMP = FOLDER / ".installed"
CAUSES = ("pyproject.toml", "constraints.txt")
# What lets the next line take the place of the last one; nothing where the output is no terminal.
CLEAR = "\r\033[K" if sys.stdout.isatty() else ""


def main() -> int:
    """Bring `.venv` up to date; return the exit code."""
    if STAMP.is_file() and STAMP.read_text("utf-8") == fingerprint():
        STAMP.touch()
        return 0
    try:
        python = make_environment()
        install(python)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"\n{explain(error)}", file=sys.stderr)
        return 1
    STAMP.write_text(fingerprint(), "utf-8")
    return 0


def fingerprint() -> str:
    """Sum up the files that say what is to be installed."""
    content = b"\0".join((ROOT / name).read_bytes() for name in CAUSES)
    return hashlib.sha256(content).hexdigest()


def make_environment() -> Path:
    """Make `.venv` unless it is there; return its Python."""
    python = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"Environment: making {FOLDER.name} with Python {version}", flush=True)
        venv.create(FOLDER, with_pip=True)
    return python


def install(python: Path) -> None:
    """Install the package and its tools, and show each package as pip comes to it."""
    arguments = ["-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]
    command = [str(python), *arguments, "-c", "constraints.txt", "-e", ".[dev]"]
    print("Environment: collecting the packages (some minutes the first time)", flush=True)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        said = [show(line) for line in pip.stdout]
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command, output="".join(said[-20:]))
    print("Environment: ready", flush=True)


def show(line: str) -> str:
    """Show how far pip is, on one line of a terminal that each package overwrites; return pip's line."""
    word, _, rest = line.strip().partition(" ")
    if line.startswith("Installing collected packages"):
        print(f"{CLEAR}Environment: installing {rest.count(',') + 1} packages", flush=True)
    elif word in ("Collecting", "Downloading") and CLEAR:
        print(f"{CLEAR}  {word} {rest.rpartition('/')[2][:60]}", end="", flush=True)
    return line


def explain(error: Exception) -> str:
    """Say in a sentence what went wrong and how to mend it."""
    if not isinstance(error, subprocess.CalledProcessError):
        return f"The folder {FOLDER} cannot be written ({error}): look at its owner, or remove it and try again."
    if "ensurepip" in error.cmd:
        return (
            "This Python cannot make environments: "
            "on Debian and Ubuntu install python3-venv, then remove .venv and try again."
        )
    return f"{error.output or ''}pip could not install the packages: mend what its last lines say, and try again."


if __name__ == "__main__":
    sys.exit(main())
