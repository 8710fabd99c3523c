"""Lay a new chapter of the syllabus: its text, its exercises, their tests and its place in `_toc.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from press.settings import PressError
from press.syllabus import PARTS, SYLLABUS, Objective, read_syllabus
from press.toc import insert_chapter

TEMPLATES = Path(__file__).parent / "templates"


def new_chapter(root: Path, part: str, name: str) -> list[Path]:
    """Write all files of the chapter part/name; return their paths.

    Raises PressError if the syllabus has no such chapter, or if it is there already.
    """
    objectives = chosen(root, part, name)
    order = reading_order()
    files = layout(root, part, name)
    for path in files.values():
        if path.exists():
            raise PressError(f"{path.relative_to(root)} exists already: choose another chapter, or edit that one.")
    toc = root / "_toc.yml"
    listed = insert_chapter(toc.read_text("utf-8"), part, name, order)
    words = fillings(part, name, objectives, order)
    for template, path in files.items():
        write(path, fill((TEMPLATES / template).read_text("utf-8"), words))
    made = [path for path in packages(root, part) if not path.exists()]
    for path in made:
        write(path, f'"""What the chapters of the part {path.parent.name} share."""\n')
    toc.write_text(listed, "utf-8")
    return [*files.values(), *made, toc]


def chosen(root: Path, part: str, name: str) -> list[Objective]:
    """Give the objectives of the chapter part/name, in the syllabus's order."""
    objectives = read_syllabus(root / SYLLABUS).objectives.values()
    if part not in PARTS:
        raise PressError(f"There is no part {part!r}: say part=NAME with one of {', '.join(PARTS)}.")
    names = sorted({each.chapter.partition("/")[2] for each in objectives if each.part == part})
    if name not in names:
        raise PressError(f"The part {part} has no chapter {name!r}: say name=NAME with one of {', '.join(names)}.")
    return [each for each in objectives if each.chapter == f"{part}/{name}"]


def reading_order() -> dict[str, list[str]]:
    """Give the names of the chapters of each part, in reading order."""
    order = yaml.safe_load((TEMPLATES / "order.yml").read_text("utf-8"))
    return {str(part): list(map(str, names)) for part, names in order.items()}


def layout(root: Path, part: str, name: str) -> dict[str, Path]:
    """Map each template to the file that is made from it."""
    module = name.replace("-", "_")
    return {
        "chapter.md": root / "book" / part / f"{name}.md",
        "exercises.py.txt": root / "code/largemodels" / part / "exercises" / f"{module}.py",
        "answers.py.txt": root / "tests" / part / f"exercises_{module}.py",
    }


def packages(root: Path, part: str) -> list[Path]:
    """Give the files that make the part's room and its exercises importable."""
    room = root / "code/largemodels" / part
    return [room / "__init__.py", room / "exercises" / "__init__.py"]


def fillings(part: str, name: str, objectives: list[Objective], order: Mapping[str, list[str]]) -> dict[str, str]:
    """Give the words that take the place of `@word@` in the templates."""
    section = (TEMPLATES / "section.md").read_text("utf-8")
    before = order[part][: order[part].index(name)]
    return {
        "sections": "".join(fill(section, {"id": each.id, "text": each.text}) for each in objectives),
        "objectives": ", ".join(each.id for each in objectives),
        "part": part,
        "name": name,
        "title": name.replace("-", " ").capitalize(),
        "requires": f"{part}/{before[-1]}" if before else "",
    }


def fill(template: str, words: Mapping[str, str]) -> str:
    """Put each word in its place."""
    for word, text in words.items():
        template = template.replace(f"@{word}@", text)
    return template


def write(path: Path, text: str) -> None:
    """Write a file, and its folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
