"""Command line of the package: `python -m largemodels fetch [NAME…]` puts models and data into the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from largemodels.core import store


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, 1 where an item can't be had, 2 for a name that the store doesn't know."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.list:
            return _list()
        return _fetch(arguments.names or list(store.items()))
    except store.UnknownItem as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on from here.", file=sys.stderr)
        return 130


def _fetch(names: list[str]) -> int:
    items = [store.find(name) for name in names]  # unknown names fail before any download
    failed = 0
    for item in items:
        known = store.has(item.name)
        try:
            folder = store.fetch(item.name)
        except store.StoreError as error:
            print(error, file=sys.stderr)
            failed = 1
        else:
            print(f"{item.name}: {'already in' if known else 'fetched to'} {folder}", flush=True)
    return failed


def _list() -> int:
    print(f"The store's folder is {store.home()}.")
    for item in store.items().values():
        state = "here" if store.has(item.name) else "    "
        print(f"{state}  {item.name:24}{item.bytes / 1e6:7.1f} MB  {item.license}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m largemodels", description="The shared code of the book.")
    commands = parser.add_subparsers(required=True, metavar="command")
    fetch = commands.add_parser("fetch", help="put models and data into the store")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="what to fetch (all, where no name is given)")
    fetch.add_argument("--list", action="store_true", help="only list what there is")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
