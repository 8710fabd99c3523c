"""The press's command line: `python -m press COMMAND`.

Each command imports what it needs when it runs, so that one broken room does not close the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from press import commands
from press.settings import PressError, find_root


@dataclass(frozen=True)
class Command:
    """A command: what it does in a line, its arguments, and the function that runs it."""

    help: str
    run: Callable[[Path, argparse.Namespace], None]
    arguments: Callable[[argparse.ArgumentParser], None] | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 after a mistake that it names in a sentence, 130 when stopped."""
    options = make_parser().parse_args(argv)
    try:
        COMMANDS[options.command].run(find_root(Path.cwd()), options)
    except PressError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept: the same command goes on from there.", file=sys.stderr)
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m press", description="Make the site of the book.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        added = choices.add_parser(name, help=command.help, description=command.help)
        if command.arguments:
            command.arguments(added)
    return parser


def _changed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", metavar="COMMIT", help="compare with this commit, not with where the branch began")


def _chapters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as foundations/backprop; all if none")


def _launch(parser: argparse.ArgumentParser) -> None:
    _chapters(parser)
    parser.add_argument("--one-per-part", action="store_true", help="run one notebook a part and check the others")


def _new_chapter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="part=PART name=NAME", help="a chapter of book/syllabus.yml")


def _screenshots(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only pages whose path contains this (all)")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="port of the local server (8000)")


def _determinism(parser: argparse.ArgumentParser) -> None:
    _chapters(parser)
    parser.add_argument("--changed", action="store_true", help="only the chapters that changed since the branch began")


COMMANDS = {
    "build": Command("execute the chapters and build the site", commands.build),
    "check": Command("check code, types, spelling, prose and workflows", commands.check),
    "lint": Command("check the prose and the cells of the book", commands.lint),
    "figures": Command("draw the diagrams that changed", commands.figures),
    "serve": Command("show the site and build it again at every edit", commands.serve, _serve),
    "screenshots": Command("photograph the built pages", commands.screenshots, _screenshots),
    "changed": Command("list the pages that changed", commands.changed, _changed),
    "launch": Command("run the exported notebooks in empty environments", commands.launch, _launch),
    "determinism": Command("execute chapters twice and compare", commands.determinism, _determinism),
    "new-chapter": Command("lay a chapter that builds as it is", commands.new_chapter, _new_chapter),
}
