"""What the last export wrote from, so that a chapter whose page has not changed is not exported again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from press.settings import Settings

_STATE = "export.json"


class Memory:
    """Keys of the notebooks that lie in the build; a notebook with the same key would have the same bytes."""

    def __init__(self, app: Sphinx, settings: Settings):
        self._app = app
        self._path = settings.state / _STATE
        self._old: dict[str, str] = json.loads(self._path.read_text("utf-8")) if self._path.is_file() else {}
        self._new: dict[str, str] = {}
        self._common = [repr(settings), settings.commit, _code(), _tables(app.env)]
        self._common += [repr(getattr(app.config, "tex_macros", {})), repr(app.config.numfig_format)]

    def is_fresh(self, docname: str) -> bool:
        """Tell whether a chapter's notebooks are what an export would write again."""
        tree = (Path(self._app.doctreedir) / f"{docname}.doctree").stat()
        # Sphinx writes the tree of each page that it reads, and of no other.
        parts = [*self._common, str(tree.st_mtime_ns), str(tree.st_size)]
        self._new[docname] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return self._old.get(docname) == self._new[docname]

    def keep(self) -> None:
        """Remember the keys of this export."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._new, indent=1, sort_keys=True), encoding="utf-8")


def _tables(env: BuildEnvironment) -> str:
    """Put what references, numbers and citations of any page may say into one text."""
    objects = [
        (name, sorted([str(part) for part in entry] for entry in domain.get_objects()))
        for name, domain in sorted(env.domains.items())
    ]
    titles = [(name, title.astext()) for name, title in sorted(env.titles.items())]
    images = [(path, name) for path, (_, name) in sorted(env.images.items())]
    numbers = [_sorted(env.toc_fignumbers), _sorted(env.toc_secnumbers)]
    standard, math = env.get_domain("std"), env.get_domain("math")
    labels = [_sorted(standard.data["labels"]), _sorted(standard.data["anonlabels"]), _sorted(math.data["objects"])]
    return repr([objects, titles, images, numbers, labels, _citations(env)])


def _citations(env: BuildEnvironment) -> list[Any]:
    if "cite" not in env.domains:
        return []
    cited = sorted((cite.citation_id, cite.key) for cite in env.get_domain("cite").data["citations"])
    files = [Path(env.srcdir) / name for name in env.config.bibtex_bibfiles]
    return [cited, [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]]


def _sorted(table: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted((key, _sorted(value) if isinstance(value, dict) else value) for key, value in table.items())


def _code() -> str:
    """Identify the code of the export itself."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
