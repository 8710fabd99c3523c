"""Who may import whom: parts the core and earlier parts, the press the core alone; scripts of scaling and production
nothing of the book, other scripts, which make what a part ships, what that part may import."""

import ast
from pathlib import Path

import pytest

from press.syllabus import PARTS

CODE = Path(__file__).parents[2] / "code"
PACKAGE = "largemodels"
ALONE = {"scaling", "production"}  # their scripts are read, copied and run without the book


def imported(source: str, package: str) -> set[str]:
    """Give the absolute names that a module imports; `package` is the one that it stands in."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def forbidden(room: str, names: set[str]) -> set[str]:
    """Give those of the imported names that a module of this room, or a script of scripts/part, may not import."""
    allowed, (script, _, part) = {"core"}, room.rpartition("/")
    if script and part in ALONE:
        allowed = set()
    elif part in PARTS:
        allowed |= set(PARTS[: PARTS.index(part) + 1])
    found = set()
    for name in names:
        head, _, rest = name.partition(".")
        if head == PACKAGE:
            if rest.partition(".")[0] not in allowed:
                found.add(name)
        elif head == "press" and room != "press":
            found.add(name)
    return found


def modules() -> list[Path]:
    return sorted(path.relative_to(CODE) for path in CODE.rglob("*.py"))


def room_of(path: Path) -> str:
    if path.parts[0] == "scripts":
        return "/".join(path.parts[:2])
    return path.parts[1] if path.parts[0] == PACKAGE and len(path.parts) > 2 else path.parts[0]


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_module_imports_what_its_room_may(path: Path) -> None:
    names = imported((CODE / path).read_text("utf-8"), ".".join(path.parent.parts))
    assert not forbidden(room_of(path), names)


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("foundations", "from largemodels.language.text import tokens"),
        ("language", "from ..scaling import ring"),
        ("core", "import largemodels.foundations"),
        ("language", "import press"),
        ("press", "from largemodels.foundations import engine"),
        ("scripts/production", "from largemodels.core.seed import seed_everything"),
        ("scripts/scaling", "from largemodels.foundations.engine import Value"),
        ("scripts/language", "from largemodels.scaling import ring"),
    ],
)
def test_a_wrong_import_is_found(room: str, source: str) -> None:
    assert forbidden(room, imported(source, f"{PACKAGE}.{room}"))


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("language", "from largemodels.foundations.engine import Value"),
        ("foundations", "from .engine import Value"),
        ("press", "from largemodels.core.plot import to_svg\nfrom press.settings import PressError"),
        ("scripts/scaling", "import torch"),
        ("scripts/language", "from largemodels.foundations.fitting import train"),
    ],
)
def test_a_right_import_passes(room: str, source: str) -> None:
    assert not forbidden(room, imported(source, f"{PACKAGE}.{room}"))


def test_the_press_leaves_jupyter_book_to_conf() -> None:
    for path in modules():
        if path.parts[0] == "press":
            names = imported((CODE / path).read_text("utf-8"), "press")
            assert not {name for name in names if name.split(".")[0] == "jupyter_book"}, path


def test_code_is_no_package() -> None:
    assert not (CODE / "__init__.py").exists(), "code/__init__.py would shadow the standard library's module `code`."
