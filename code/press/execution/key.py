"""A jupyter-cache that knows the code behind the cells: an edited module or a new library is a new key."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode

from press.chapter import SKIPPED_TAGS, Chapter, tags
from press.execution.dependencies import Sources
from press.execution.records import Record
from press.execution.runner import ENVIRONMENT

# Tags that change what executing a cell does; all other metadata (captions, hiding) is presentation.
EXECUTION_TAGS = SKIPPED_TAGS | {"raises-exception"}


class KeyedCache(JupyterCacheBase):
    """Executed notebooks, keyed on cells, modules, data files, Python and library versions."""

    def __init__(self, path: Path, sources: Sources):
        super().__init__(path)
        self._sources = sources

    def create_hashed_notebook(
        self,
        nb: NotebookNode,
        nb_metadata: Iterable[str] | None = ("kernelspec",),
        cell_metadata: Iterable[str] | None = (),
    ) -> tuple[NotebookNode, str]:
        """Give the notebook's code cells and its key."""
        code, key = super().create_hashed_notebook(nb, nb_metadata, cell_metadata)
        cells = [cell.source for cell in code.cells]
        parts = [key, f"python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"]
        parts += [" ".join(sorted(EXECUTION_TAGS.intersection(tags(cell)))) for cell in code.cells]
        parts += [f"{name} {version}" for name, version in self._sources.libraries(cells).items()]
        parts += [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        parts += [self._sources.fingerprint(path) for path in self._sources.files(cells)]
        return code, hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def merge_match_into_notebook(
        self,
        nb: NotebookNode,
        nb_meta: Iterable[str] | None = ("kernelspec", "language_info", "widgets"),
        cell_meta: Iterable[str] | None = None,
    ) -> tuple[int, NotebookNode]:
        """Merge cached outputs into a notebook that keeps its own metadata: a new caption is no new key.

        Raises KeyError if the notebook is not in the cache.
        """
        found, merged = super().merge_match_into_notebook(nb, nb_meta, cell_meta)
        for cell, own in zip(merged.cells, nb.cells, strict=True):
            cell.metadata = own.metadata
        return found, merged

    def find(self, chapter: Chapter) -> NbCacheRecord | None:
        """Find the cache's entry for a chapter as it stands; None if it has to be executed."""
        try:
            entry = self.match_cache_notebook(chapter.notebook)
        except KeyError:
            return None
        return entry if self._get_notebook_path_cache(entry.hashkey).exists() else None

    def store(self, chapter: Chapter, executed: NotebookNode, record: Record) -> None:
        """Put an executed chapter into the cache."""
        data: dict[str, Any] = record.to_data()
        bundle = CacheBundleIn(executed, chapter.docname, data=data)
        self.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

    def libraries(self, chapter: Chapter) -> dict[str, str]:
        """Map each main library that a chapter uses to its version."""
        return self._sources.libraries([cell.source for cell in chapter.code_cells])

    def seconds_last_time(self) -> dict[str, float]:
        """Map each chapter that was ever executed to the wall time of its last execution."""
        entries = sorted(self.list_cache_records(), key=lambda entry: entry.created)
        return {entry.uri: Record.from_data(entry.data).wall_seconds for entry in entries}
