"""A chapter as the press sees it: the notebook that a MyST file holds, its front matter, its cells' tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from myst_nb.core.read import (
    MystMetadataParsingError,
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from press.settings import PressError, find_root, read_settings

TOC = "_toc.yml"

# Tags of cells that wait for the reader: shown, never executed by the build.
SKIPPED_TAGS = frozenset({"starter", "checker"})
# Every tag that a cell may carry; the prose check refuses any other.
ALLOWED_TAGS = SKIPPED_TAGS | {
    "solution",
    "measured",
    "setup",
    "change-me",
    "hide-input",
    "hide-output",
    "hide-cell",
    "remove-input",
    "remove-output",
    "remove-cell",
    "remove-stderr",
    "raises-exception",
    "scroll-output",
}


@dataclass(frozen=True)
class Chapter:
    """One notebook of the book."""

    path: Path
    docname: str  # book/<part>/<name>, as Sphinx calls it
    part: str
    name: str
    title: str
    front: dict[str, Any]  # the `course` block of the front matter
    notebook: NotebookNode

    @property
    def code_cells(self) -> list[NotebookNode]:
        """The code cells in order; cell number n of a report is `code_cells[n - 1]`."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    """List the tags of a cell."""
    found = cell.metadata.get("tags", [])
    return [found] if isinstance(found, str) else [str(tag) for tag in found]


def find_chapters(root: Path) -> list[Chapter]:
    """Read all notebooks that `_toc.yml` lists, in reading order.

    Raises PressError if `_toc.yml` or a file that it lists is missing or cannot be read.
    """
    try:
        site = parse_toc_yaml(root / TOC)
    except FileNotFoundError:
        raise PressError(f"{root / TOC} is missing: it lists the chapters in order.") from None
    except (MalformedError, yaml.YAMLError) as error:
        raise PressError(f"{root / TOC} cannot be read: {' '.join(str(error).split())}") from None
    files = [_source(root, name) for name in site]
    return [read_chapter(path) for path in files if is_chapter(path)]


def is_chapter(path: Path) -> bool:
    """Tell whether a source file is a notebook (and not a plain page)."""
    return path.suffix == ".md" and is_myst_markdown_notebook(path.read_text("utf-8"))


def read_chapter(path: Path) -> Chapter:
    """Read one chapter.

    Raises PressError if the file is no MyST notebook of a book, or a block of metadata in it is malformed.
    """
    path = path.resolve()
    root = find_root(path.parent)
    notebook = _read_notebook(path, read_settings(root).myst_extensions)
    front = notebook.metadata.get("course") or {}
    if not isinstance(front, dict):
        raise PressError(f"{path}: `course` in the front matter must hold settings as `name: value`.")
    docname = path.relative_to(root).with_suffix("").as_posix()
    return Chapter(path, docname, path.parent.name, path.stem, _title(path, notebook), front, notebook)


def _source(root: Path, name: str) -> Path:
    path = root / name if name.endswith(".md") else root / f"{name}.md"
    if not path.is_file():
        raise PressError(f"{TOC} lists {name}, but there is no file {path}.")
    return path


def _read_notebook(path: Path, extensions: frozenset[str]) -> NotebookNode:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise PressError(f"There is no chapter {path}.") from None
    if not is_myst_markdown_notebook(text):
        raise PressError(f"{path} is no notebook: its front matter must say `file_format: mystnb`.")
    config = MdParserConfig(enable_extensions=set(extensions))
    try:
        return read_myst_markdown_notebook(text, config, add_source_map=True, path=path)
    except (MystMetadataParsingError, yaml.YAMLError) as error:
        raise PressError(f"{path}: {' '.join(str(error).split())}") from None


def _title(path: Path, notebook: NotebookNode) -> str:
    lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    for line in lines:
        if line.startswith("# "):
            return line[2:].strip()
    raise PressError(f"{path} has no title: the first heading must start with a single `#`.")


def choose(chapters: Sequence[Chapter], names: Sequence[str]) -> list[Chapter]:
    """Pick chapters by names such as foundations/backprop, in the order named; all if there are no names.

    Raises PressError for a name that no chapter has.
    """
    known = {f"{chapter.part}/{chapter.name}": chapter for chapter in chapters}
    if unknown := set(names) - known.keys():
        raise PressError(f"There is no chapter {min(unknown)}; there are {', '.join(known)}.")
    return [known[name] for name in names] or list(chapters)
