"""The launch test: every exported notebook runs from its own first cell, in an environment that held nothing.

For each extra of the package there is one empty virtual environment. The package comes from the checkout as it
stands, through git like a reader's: git takes a copy of the checkout for the published repository. PIP_CONSTRAINT
names constraints.txt, so that torch and the others come in the versions that the book is tested with (and in
the smaller build for CPUs, where pip is told of one).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from press.chapter import Chapter, choose, find_chapters
from press.export.addresses import VERSIONS, extras, notebook_path
from press.launch.checks import check_book, check_imports
from press.launch.environment import Environment
from press.launch.run import run_notebook
from press.launch.snapshot import Snapshot, take_snapshot
from press.settings import PressError, Settings

Say = Callable[[str], None]


def launch_all(settings: Settings, *, one_per_part: bool = False, names: Sequence[str] = (), say: Say = print) -> None:
    """Run exported notebooks, both versions, and check the others; `names` picks chapters as part/name.

    With `one_per_part` the first chapter of each part runs; of the others, the cells, imports and addresses
    are checked. Raises PressError naming everything that failed.
    """
    chapters = choose(find_chapters(settings.root), names)
    problems = check_book(settings, chapters)
    if problems:  # no use in running what is not what the build made
        raise PressError("\n".join(problems))
    say(f"launch: the notebooks of {len(chapters)} chapters hold what the build executed; every address resolves")
    with tempfile.TemporaryDirectory(prefix="launch-") as folder:
        snapshot = take_snapshot(settings.root, Path(folder) / "checkout")
        for extra, group in groupby(sorted(chapters, key=extras), key=extras):
            place = Path(folder) / "-".join(["environment", *extra])
            problems += _launch_group(settings, list(group), one_per_part, place, snapshot, say)
    if problems:
        raise PressError("\n".join(problems))


def _launch_group(
    settings: Settings, group: Sequence[Chapter], one_per_part: bool, place: Path, snapshot: Snapshot, say: Say
) -> list[str]:
    """Run the notebooks of the chapters that need the same extra; give what failed."""
    ran = list({chapter.part: chapter for chapter in reversed(group)}.values()) if one_per_part else group
    say(f"launch: an empty environment for {', '.join(extras(group[0])) or 'the bare package'}")
    environment = Environment(place, settings, snapshot)
    problems = []
    for chapter in ran:
        for version in VERSIONS:
            found, seconds = run_notebook(environment, settings, chapter, version)
            outcome = "FAILED" if found else "ran"
            say(f"launch: {notebook_path(chapter, version)} {outcome} in {seconds:.0f} s")
            problems += found
    checked = [chapter for chapter in group if chapter not in ran]
    return problems + [text for chapter in checked for text in check_imports(environment, chapter)]
