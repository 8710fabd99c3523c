"""Sphinx extension: execute the chapters before Sphinx reads them, and show on the pages what they cost."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import myst_nb.core.execute.cache as myst_nb_cache
from jupyter_cache.cache.db import NbCacheRecord
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from press.chapter import Chapter, find_chapters
from press.execution.costs import CostsDirective, cost_pages, known_executions, remember
from press.execution.dependencies import Sources
from press.execution.key import KeyedCache
from press.execution.schedule import execute_book, executions
from press.settings import PressError, Settings, read_settings

LOG = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the execution stage and the `costs` directive."""
    stage = Stage()
    app.connect("config-inited", stage.configure)
    app.connect("builder-inited", stage.prepare)
    app.connect("env-get-outdated", stage.find_stale)
    app.connect("env-before-read-docs", stage.execute)
    app.connect("html-page-context", add_cost)
    app.add_directive("costs", CostsDirective)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def stops_the_build(function: Callable[P, R]) -> Callable[P, R]:
    """Turn a PressError into the error with which Sphinx stops, told without a traceback."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except PressError as error:
            raise ExtensionError(str(error), modname=__name__) from None

    return guarded


class CompleteCache(KeyedCache):
    """The cache as myst-nb sees it: everything is in it, so that no cell ever runs outside the press."""

    def match_cache_notebook(self, nb: NotebookNode) -> NbCacheRecord:
        """Find a notebook's entry. Raises ExtensionError if it is missing."""
        try:
            return super().match_cache_notebook(nb)
        except KeyError:
            raise ExtensionError("A notebook was not executed: _toc.yml must list it as a `.md` file.") from None


class Stage:
    """The execution stage of one build."""

    settings: Settings
    chapters: list[Chapter]
    cache: KeyedCache

    @stops_the_build
    def configure(self, app: Sphinx, config: Config) -> None:
        """Make myst-nb take every output from the book's cache."""
        self.settings = read_settings(Path(app.srcdir))
        config["nb_execution_mode"] = "cache"
        config["nb_execution_cache_path"] = str(self.settings.cache)

    @stops_the_build
    def prepare(self, app: Sphinx) -> None:
        """Read the chapters, and give myst-nb the cache that knows the code behind the cells."""
        self.chapters = find_chapters(self.settings.root)
        sources = Sources(self.settings.root / "code")
        self.cache = KeyedCache(self.settings.cache, sources)
        myst_nb_cache.get_cache = lambda path: CompleteCache(path, sources)
        numbering = app.extensions.get("sphinx_multitoc_numbering")
        if numbering:  # it does nothing while pages are read, but does not say so
            numbering.parallel_read_safe = True

    def find_stale(self, _app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
        """Name the pages to read again: their chapters' outputs are not those that Sphinx has read."""
        now, known = executions(self.cache, self.chapters), known_executions(env)
        names = [chapter.docname for chapter in self.chapters]
        stale = [name for name in names if name not in now or now[name] != known.get(name)]
        return [*stale, *cost_pages(env)] if stale or any(changes) else []

    @stops_the_build
    def execute(self, _app: Sphinx, env: BuildEnvironment, _docnames: Sequence[str]) -> None:
        """Execute what the cache lacks."""
        remember(env, execute_book(self.settings, LOG.info, self.chapters, self.cache))


def add_cost(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Say at the foot of a chapter's page what executing it took."""
    execution = known_executions(app.env).get(pagename)
    if execution and "body" in context:
        record = execution.record
        versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
        text = html.escape(f"Executing this chapter took {record.cost}. Versions: {versions}.")
        context["body"] += f'<p class="lm-cost">{text}</p>\n'
