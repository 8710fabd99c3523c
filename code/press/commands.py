"""What each command of the press does, with the rooms that it needs."""

from __future__ import annotations

import argparse
from pathlib import Path

from press.settings import PressError, read_settings


def build(root: Path, _options: argparse.Namespace) -> None:
    """Build the whole book."""
    from press.build import build_book

    build_book(read_settings(root), say)


def check(root: Path, _options: argparse.Namespace) -> None:
    """Run all checks that come before the tests."""
    from press.checks import run_checks

    run_checks(root, say)


def lint(root: Path, _options: argparse.Namespace) -> None:
    """Check the prose and the cells."""
    from press.lint import require_clean

    say(require_clean(root))


def figures(root: Path, _options: argparse.Namespace) -> None:
    """Draw the diagrams that changed."""
    from press.figures import draw_all

    say(f"{draw_all(read_settings(root), say)} diagrams drawn")


def serve(root: Path, options: argparse.Namespace) -> None:
    """Serve the site and rebuild it at every edit, until stopped."""
    from press.serve import serve_book

    serve_book(read_settings(root), options.port)


def screenshots(root: Path, options: argparse.Namespace) -> None:
    """Photograph the built pages at both widths and in both themes."""
    from press.page.screenshots import take_screenshots

    take_screenshots(read_settings(root), say, options.pages)


def changed(root: Path, options: argparse.Namespace) -> None:
    """List the pages that changed, one a line."""
    from press.changes import changed_pages, common_base

    settings = read_settings(root)
    for page in changed_pages(settings, options.base or common_base(settings)):
        say(page)


def launch(root: Path, options: argparse.Namespace) -> None:
    """Run exported notebooks in empty environments."""
    from press.launch import launch_all

    launch_all(read_settings(root), one_per_part=options.one_per_part, names=options.chapters, say=say)


def determinism(root: Path, options: argparse.Namespace) -> None:
    """Execute chapters in two fresh folders and compare what they print and draw."""
    from press.changes import common_base
    from press.chapter import choose, find_chapters
    from press.determinism import changed_chapters
    from press.determinism import check as differences

    settings = read_settings(root)
    chapters = choose(find_chapters(root), options.chapters)
    if options.changed:
        chapters = changed_chapters(settings, chapters, common_base(settings))
    if found := differences(settings, chapters, say) if chapters else []:
        raise PressError("\n".join(found))
    say(f"Determinism: {len(chapters)} of the chapters executed twice, no output differs.")


def new_chapter(root: Path, options: argparse.Namespace) -> None:
    """Lay a chapter, and say where to begin."""
    from press.new_chapter import new_chapter as lay

    words = dict(word.partition("=")[::2] for word in options.words)
    if set(words) != {"part", "name"} or not all(words.values()):
        raise PressError("Say which chapter: make new-chapter part=PART name=NAME, as in book/syllabus.yml.")
    paths = lay(root, **words)
    for path in paths:
        say(f"  {path.relative_to(root)}")
    say(f"It builds as it is: `make serve` shows it. Begin in {paths[0].relative_to(root)}.")


def say(line: str) -> None:
    """Print a line at once, even into a pipe."""
    print(line, flush=True)
