"""Build the book: check its sources, fetch models and data, draw, execute, write pages and notebooks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from press.chapter import Chapter, find_chapters
from press.settings import PressError, Settings

Say = Callable[[str], None]


def build_book(settings: Settings, say: Say) -> None:
    """Build all pages and notebooks; `say` gets at least a line for each stage.

    Raises PressError if anything is wrong with the sources, a chapter fails, or Sphinx warns.
    """
    from press.execution.schedule import execute_book
    from press.figures import draw_all
    from press.lint import require_clean

    start = time.monotonic()
    say(f"Sources: {require_clean(settings.root)}")
    chapters = find_chapters(settings.root)
    say(f"Models and data: {fetch_all(chapters, say)}")
    say(f"Diagrams: {draw_all(settings, say) or 'none'} drawn anew")
    say(f"Chapters: {len(chapters)}, executing those that changed")
    execute_book(settings, say, chapters)
    say("Pages and notebooks: writing")
    write_pages(settings)
    index = (settings.html / "index.html").relative_to(settings.root).as_posix()
    say(f"Done in {time.monotonic() - start:.0f} s. Open {index} in a browser.")


def fetch_all(chapters: Sequence[Chapter], say: Say) -> str:
    """Fetch the store's items that the chapters name; return a few words on them.

    Raises PressError if one can't be had.
    """
    from largemodels.core import store

    names = sorted({name for chapter in chapters for name in chapter.front.get("data") or ()})
    try:
        missing = [name for name in names if not store.has(name)]
        for name in missing:
            say(f"Models and data: fetching {name}")
            store.path(name)
    except store.StoreError as error:
        raise PressError(str(error)) from None
    return f"{len(names)} ready in {store.home()}"


def write_pages(settings: Settings) -> None:
    """Let Sphinx write the pages; the export of notebooks is part of it.

    Raises PressError if Sphinx fails or warns.
    """
    flags = ["-b", "html", "-W", "--keep-going", "-n", "-q", "-d", str(doctrees(settings))]
    command = [sys.executable, "-m", "sphinx", *flags, str(settings.root), str(settings.html)]
    if subprocess.run(command, cwd=settings.root, check=False).returncode:
        # Sphinx warns once about a page and remembers it: forget all, so that each build fails alike.
        (doctrees(settings) / "environment.pickle").unlink(missing_ok=True)
        raise PressError("The pages are not right: mend what the lines above say, then build again.")


def doctrees(settings: Settings) -> Path:
    """Give the folder where Sphinx remembers what it has read."""
    return settings.build / ".doctrees"
