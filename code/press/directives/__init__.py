"""The book's own directives for Sphinx: objectives, teaches, listing, exercises, diagram, coverage, notation, paths."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from press.directives import across, html, placeholder
from press.directives.coverage import CoverageDirective
from press.directives.diagram import DiagramDirective
from press.directives.exercises import ExerciseStart, SolutionStart, forget_gates, name_contents
from press.directives.listing import ListingDirective
from press.directives.notation import NotationDirective
from press.directives.objectives import ObjectivesDirective
from press.directives.paths import PathsDirective
from press.directives.teaches import TeachesDirective


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and the checks that come with them."""
    app.setup_extension("sphinx_exercise")
    app.add_directive("objectives", ObjectivesDirective)
    app.add_directive("teaches", TeachesDirective)
    app.add_directive("listing", ListingDirective)
    app.add_directive("diagram", DiagramDirective)
    app.add_directive("coverage", CoverageDirective)
    app.add_directive("paths", PathsDirective)
    app.add_directive("notation", NotationDirective)
    # In place of sphinx-exercise's own.
    app.add_directive("exercise-start", ExerciseStart, override=True)
    app.add_directive("solution-start", SolutionStart, override=True)
    app.connect("env-purge-doc", forget_gates)
    app.connect("doctree-read", name_contents)
    html.setup(app)
    placeholder.setup(app)
    across.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
