"""`{exercise-start}` and `{solution-start}`: sphinx-exercise's own, numbered by chapter and tied to objectives."""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_exercise.directive import ExerciseStartDirective, SolutionStartDirective
from sphinx_exercise.nodes import exercise_node, solution_node

from press.directives.across import page_of


class ExerciseStart(ExerciseStartDirective):
    """Begin an exercise: `:label:` names it and its checker, `:tests:` gives the objectives that it tests."""

    option_spec: ClassVar = {
        "label": directives.unchanged_required,
        "tests": directives.unchanged_required,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        """Make the exercise with its number in the chapter.

        sphinx-exercise numbers through the whole book, so that a new chapter would rename the exercises of all
        later ones; here each chapter begins with Exercise 1.
        """
        self.options["nonumber"] = None
        made = super().run()
        for node in made:
            node["title"] = f"Exercise {_number(self.env, node['label'])}"
            subtitle = [child.deepcopy() for part in node[0][1:] for child in part]
            node[0] = nodes.title("", node["title"] + (": " if subtitle else ""), *subtitle)
            self.env.sphinx_exercise_registry[node["label"]]["node"] = node.deepcopy()
        return made


class SolutionStart(SolutionStartDirective):
    """Begin the solution of an exercise; it is folded until the reader opens it."""

    def run(self) -> list[nodes.Node]:
        """Make the solution, with a title and an address that follow from its exercise."""
        classes = self.options.setdefault("class", [])
        if "dropdown" not in classes:
            classes.append("dropdown")
        self.options.setdefault("label", f"{self.arguments[0]}-solution")
        made = super().run()
        for node in made:
            node["title"] = f"Solution to Exercise {_number(self.env, self.arguments[0])}"
            node[0] = nodes.title("", node["title"])
        return made


def _number(env: BuildEnvironment, label: str) -> int:
    """Give the number of an exercise of the page that is read."""
    return next(each.number for each in page_of(env).exercises if each.label == label)


def name_contents(_app: Sphinx, document: nodes.document) -> None:
    """Give the content of each exercise its own id; sphinx-exercise gives all of them the same."""
    for content in document.findall(nodes.section):
        if isinstance(content.parent, exercise_node | solution_node):
            content["ids"] = [f"{content.parent['label']}-text"]


def forget_gates(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget where a page's exercises began and ended, which sphinx-exercise would count twice."""
    getattr(env, "sphinx_exercise_gated_registry", {}).pop(docname, None)
