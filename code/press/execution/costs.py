"""The page that sums up what executing each chapter costs: the directive `costs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from press.execution.records import MEBI
from press.execution.schedule import Execution

HEAD = ("Chapter", "CPU time (s)", "Wall time (s)", "Peak memory (MiB)")
WIDTHS = (40, 20, 20, 20)
MARK = "press_costs"  # in a page's metadata: it shows the costs


def remember(env: BuildEnvironment, found: dict[str, Execution]) -> None:
    """Keep the executions with the pages that Sphinx is about to read."""
    cast(Any, env).press_executions = found


def known_executions(env: BuildEnvironment) -> dict[str, Execution]:
    """Give the executions whose outputs the pages show, by docname in reading order."""
    return getattr(env, "press_executions", {})


def cost_pages(env: BuildEnvironment) -> list[str]:
    """List the pages that show the costs of all chapters."""
    return [docname for docname, metadata in env.metadata.items() if MARK in metadata]


class CostsDirective(SphinxDirective):
    """A table of what executing each chapter took, with the sum."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        self.env.metadata[self.env.docname][MARK] = True
        found = known_executions(self.env)
        rows = [[_link(self.env.docname, name), *_figures([found[name]])] for name in found]
        total = [nodes.strong("", "All chapters"), *_figures(found.values())]
        return [_table([*rows, total])]


def _figures(found: Iterable[Execution]) -> list[nodes.Node]:
    """Give the sums of CPU and wall time, and the largest memory."""
    records = [execution.record for execution in found]
    cpu = sum(record.cpu_seconds for record in records)
    wall = sum(record.wall_seconds for record in records)
    peak = max((record.peak_bytes for record in records), default=0)
    return [nodes.Text(text) for text in (f"{cpu:.1f}", f"{wall:.1f}", f"{peak / MEBI:.0f}")]


def _link(here: str, docname: str) -> nodes.Node:
    text = nodes.inline("", docname, classes=["std", "std-doc"])
    target = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{docname}", "refdoc": here}
    return addnodes.pending_xref("", text, refexplicit=False, refwarn=True, **target)


def _table(rows: Sequence[Sequence[nodes.Node]]) -> nodes.table:
    group = nodes.tgroup(cols=len(HEAD))
    group += [nodes.colspec(colwidth=width) for width in WIDTHS]
    group += nodes.thead("", _row([nodes.Text(name) for name in HEAD]))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["lm-costs"])


def _row(cells: Sequence[nodes.Node]) -> nodes.row:
    numbers = [[], *(["text-right"] for _ in cells[1:])]
    entries = zip(cells, numbers, strict=True)
    return nodes.row(
        "", *(nodes.entry("", nodes.paragraph("", "", cell), classes=classes) for cell, classes in entries)
    )
