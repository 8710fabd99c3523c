"""Sphinx extension: writes the chapters as notebooks when a build ends, and adds the buttons for them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from press.chapter import Chapter, is_chapter, read_chapter
from press.export.addresses import DOWNLOADS, VERSIONS, extras, notebook_path
from press.export.branch import branch_files, write_tree
from press.export.buttons import add_buttons, drop_dead_source
from press.export.components import diagram_path
from press.export.markdown import to_pieces
from press.export.memory import Memory
from press.export.notebook import make_notebook, write_notebook
from press.export.page import Page
from press.settings import PressError, Settings, read_settings

_LOG = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the export to a build."""
    # After the theme (501), which fills the header.
    app.connect("html-page-context", _add_buttons, priority=502)
    app.connect("build-finished", _export)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def export_book(app: Sphinx) -> int:
    """Write all chapters as notebooks, for the branch and for download; give their number.

    A page that this build did not read again is exported too, from what Sphinx remembers of it, where a number,
    a title or a citation changed elsewhere; so all notebooks are right after each build.
    """
    settings = read_settings(Path(app.srcdir))
    chapters = [found for name in sorted(app.env.found_docs) if (found := _chapter(app, name))]
    memory, files = Memory(app, settings), dict[str, str]()
    for chapter in chapters:
        kept = {path: settings.notebooks / path for path in (notebook_path(chapter, each) for each in VERSIONS)}
        if memory.is_fresh(chapter.docname) and all(path.is_file() for path in kept.values()):
            files |= {name: path.read_text("utf-8") for name, path in kept.items()}
        else:
            files |= _notebooks(app, settings, chapter)
    needed = [extra for chapter in chapters for extra in extras(chapter)]
    write_tree(settings.notebooks, files | branch_files(settings, needed))
    write_tree(Path(app.outdir) / DOWNLOADS, files)
    memory.keep()
    _publish_diagrams(app, settings)
    return len(chapters)


def _notebooks(app: Sphinx, settings: Settings, chapter: Chapter) -> dict[str, str]:
    pieces = to_pieces(_resolve(app, chapter.docname), page_of(app, settings, chapter.docname))
    return {
        notebook_path(chapter, version): write_notebook(make_notebook(chapter, pieces, settings, version))
        for version in VERSIONS
    }


def page_of(app: Sphinx, settings: Settings, docname: str) -> Page:
    """Gather what the Markdown writer must know about a page."""
    env, config = app.env, app.config
    return Page(
        docname=docname,
        site=settings.baseurl,
        numbers=env.toc_fignumbers.get(docname, {}),
        sections=env.toc_secnumbers.get(docname, {}),
        formats=config.numfig_format,
        images={uri: name for uri, (_, name) in env.images.items()},
        macros=getattr(config, "tex_macros", {}),
        math_numfig=bool(config.math_numfig and config.numfig),
    )


def _export(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    try:
        number = export_book(app)
    except PressError as error:
        raise ExtensionError(str(error)) from None
    _LOG.info("exported %d chapter(s) as notebooks", number)


def _add_buttons(app: Sphinx, name: str, _template: str, context: dict[str, Any], tree: nodes.document) -> None:
    if "header_buttons" not in context:  # another theme
        return
    if not app.config.html_copy_source:
        drop_dead_source(context)
    if tree is not None and (chapter := _chapter(app, name)):
        add_buttons(context, chapter, read_settings(Path(app.srcdir)))


def _chapter(app: Sphinx, docname: str) -> Chapter | None:
    path = Path(app.env.doc2path(docname))
    return read_chapter(path) if path.is_file() and is_chapter(path) else None


def _resolve(app: Sphinx, docname: str) -> nodes.document:
    env: BuildEnvironment = app.env
    app.builder.current_docname = docname  # type: ignore[attr-defined]  # some transforms ask the builder
    return env.get_and_resolve_doctree(docname, app.builder)


def _publish_diagrams(app: Sphinx, settings: Settings) -> None:
    """Serve the drawn diagrams as files too: a page holds them inline, a notebook links to them."""
    for path in sorted(settings.figures.rglob("*.svg")):
        name = path.relative_to(settings.figures).with_suffix("").as_posix()
        target = Path(app.outdir) / diagram_path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
