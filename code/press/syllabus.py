"""The syllabus: every objective that the book must teach, and the chapter that owns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from press.settings import PressError

SYLLABUS = "book/syllabus.yml"

PARTS = (
    "foundations",
    "language",
    "generative",
    "decisions",
    "scaling",
    "production",
    "applications",
    "responsible",
    "teaching",
    "reference",
)

# What the book does about an objective, in words that a reader of the coverage page understands.
KINDS = {
    "concept": "explained",
    "code": "explained and executed",
    "exercise": "done by the reader",
    "assess": "graded work",
    "case": "worked case study",
    "links": "annotated reading",
}


@dataclass(frozen=True)
class Objective:
    """One thing that the book must teach."""

    id: str
    syllabus: str
    module: str
    kind: str
    chapter: str  # part/name of the chapter that owns it
    text: str

    @property
    def part(self) -> str:
        """Part of the book that the owning chapter belongs to."""
        return self.chapter.partition("/")[0]


@dataclass(frozen=True)
class Syllabus:
    """All objectives, in the order of the file, and the titles of the syllabi that they come from."""

    titles: dict[str, str]
    objectives: dict[str, Objective]

    def __contains__(self, objective: str) -> bool:
        return objective in self.objectives

    def __getitem__(self, objective: str) -> Objective:
        """Give the objective with this id; raise PressError if there is none."""
        try:
            return self.objectives[objective]
        except KeyError:
            raise PressError(f"There is no objective {objective!r} in {SYLLABUS}.") from None

    def of(self, syllabus: str) -> list[Objective]:
        """List the objectives of one syllabus, in order."""
        return [objective for objective in self.objectives.values() if objective.syllabus == syllabus]

    @property
    def chapters(self) -> list[str]:
        """The chapters that own objectives, as part/name, in order of first mention."""
        return list(dict.fromkeys(objective.chapter for objective in self.objectives.values()))


def read_syllabus(path: Path) -> Syllabus:
    """Read and check a syllabus file.

    Raises PressError if it is missing or malformed, or if an id, a syllabus, a kind or a chapter in it is wrong.
    """
    content = _read(path)
    titles = content.get("syllabi")
    entries = content.get("objectives")
    if not isinstance(titles, dict) or not isinstance(entries, list):
        raise PressError(
            f"{path} must hold `syllabi` (id: title) and `objectives` (a list); see the comment at its head."
        )
    objectives: dict[str, Objective] = {}
    for number, entry in enumerate(entries, 1):
        objective = _objective(path, number, entry, titles)
        if objective.id in objectives:
            raise PressError(f"{path} has two objectives {objective.id!r}: give one of them another id.")
        objectives[objective.id] = objective
    return Syllabus({str(key): str(title) for key, title in titles.items()}, objectives)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PressError(f"{path} is missing: it lists what the book must teach.") from None
    except yaml.YAMLError as error:
        raise PressError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    return content if isinstance(content, dict) else {}


def _objective(path: Path, number: int, entry: object, titles: Mapping[str, str]) -> Objective:
    """Turn one entry of the file into an objective; `number` names it in complaints."""
    names = [field.name for field in fields(Objective)]
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise PressError(f"Objective number {number} in {path} must have exactly the keys {', '.join(names)}.")
    objective = Objective(**{name: str(entry[name]) for name in names})
    where = f"Objective {objective.id!r} in {path}"
    if objective.syllabus not in titles:
        raise PressError(f"{where} belongs to the unknown syllabus {objective.syllabus!r}.")
    if objective.kind not in KINDS:
        raise PressError(f"{where} is of the unknown kind {objective.kind!r}; use one of {', '.join(KINDS)}.")
    if objective.part not in PARTS or not objective.chapter.partition("/")[2]:
        raise PressError(f"{where} names the chapter {objective.chapter!r}; write part/name.")
    return objective
