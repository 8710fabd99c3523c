"""The checks that `make test` runs before the tests: code, types, spelling, the book's rules, workflows."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from press.settings import PressError

CODE = ("code", "tests", "figures", "conf.py")
PROSE = ("README.md", ".github", "book", "code", "figures")


@dataclass(frozen=True)
class Check:
    """A program that finds faults, and what to do about them."""

    name: str
    command: tuple[str, ...]
    mend: str


def checks(root: Path) -> list[Check]:
    """List all checks of the book at `root`, in the order in which they run."""
    rules = f"`{Path(sys.executable).name} -m press lint` shows them again"
    return [
        Check("Code style", module("ruff", "check", "--quiet", *CODE), "`ruff check --fix` mends most of it"),
        Check("Code layout", module("ruff", "format", "--check", "--quiet", *CODE), "`ruff format` mends it"),
        Check("Types", module("mypy", "--no-error-summary"), "correct the annotations"),
        Check(
            "Spelling",
            module("codespell_lib", *PROSE),
            "correct the words, or add names to tests/house/words.txt",
        ),
        Check("Prose and cells", module("press", "lint"), rules),
        *workflow_checks(root),
    ]


def workflow_checks(root: Path) -> list[Check]:
    """List the checks of what GitHub and citation tools read."""
    github = root / ".github"
    zizmor = (program("zizmor"), "--offline", "--persona=pedantic", "--quiet", ".github")
    return [
        Check("Workflows: safety", zizmor, "each finding says how to mend it"),
        schema("Workflows: schema", "vendor.github-workflows", sorted((github / "workflows").glob("*.yml"))),
        schema("Dependabot: schema", "vendor.dependabot", [github / "dependabot.yml"]),
        schema(
            "Issue forms: schema",
            "vendor.github-issue-forms",
            sorted(path for path in (github / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"),
        ),
        schema("Citation: schema", "vendor.citation-file-format", [root / "CITATION.cff"]),
    ]


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """Give the command that runs a Python module of this environment."""
    return (sys.executable, "-m", name, *arguments)


def program(name: str) -> str:
    """Find a program that the environment of this Python holds; raise PressError if it is missing."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise PressError(f"{name} is not installed: run `python -m pip install -c constraints.txt -e '.[dev]'`.")
    return found


def schema(name: str, schema_name: str, files: Sequence[Path]) -> Check:
    """Give the check that these files keep a schema which the checker brings along."""
    command = module("check_jsonschema", "--quiet", "--builtin-schema", schema_name, *map(str, files))
    return Check(name, command, "see the schema's own documentation")


def run_checks(root: Path, report: Callable[[str], None]) -> None:
    """Run all checks; `report` gets a line for each, followed by what it found.

    Raises PressError naming those that failed.
    """
    failed = [check for check in checks(root) if not passes(check, root, report)]
    if failed:
        names = "; ".join(f"{check.name.lower()} ({check.mend})" for check in failed)
        raise PressError(f"These checks failed: {names}.")


def passes(check: Check, root: Path, report: Callable[[str], None]) -> bool:
    """Run one check and tell whether it found nothing."""
    start = time.monotonic()
    done = subprocess.run(check.command, cwd=root, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAULTS"
    report(f"{check.name + ' ':.<24} {verdict} ({time.monotonic() - start:.1f} s)")
    if done.returncode:
        report((done.stdout + done.stderr).rstrip())
    return done.returncode == 0
