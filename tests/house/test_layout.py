"""The house keeps its own rules: short functions and modules, an extra for each part, one place for the address."""

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from pathlib import Path

import pytest
import yaml

from press.new_chapter import reading_order
from press.syllabus import PARTS, SYLLABUS, read_syllabus

ROOT = Path(__file__).parents[2]
LONGEST_FUNCTION, LONGEST_MODULE = 20, 250
LONGEST_PROGRAM = 450  # what stands alone brings its model, its data and its command line along
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(source: str) -> set[int]:
    """Give the numbers of the lines that hold code, and not only a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = (range(token.start[0], token.end[0] + 1) for token in tokens if token.type not in SILENT)
    return {line for span in spans for line in span}


def docstring_lines(function: Function) -> set[int]:
    if ast.get_docstring(function, clean=False) is None:
        return set()
    first = function.body[0]
    return set(range(first.lineno, (first.end_lineno or first.lineno) + 1))


def long_functions(source: str) -> list[str]:
    """Give the functions of a module that have more lines of code than they may, each with their number."""
    lines = code_lines(source)
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            own = lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            count = len(own - docstring_lines(node))
            if count > LONGEST_FUNCTION:
                found.append(f"{node.name} ({count} lines)")
    return found


def tracked() -> list[Path]:
    """List the files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """Read a file; one that is no text counts as empty."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): text_of(path) for path in tracked()}


def code_files() -> list[Path]:
    rooms = (ROOT / room for room in ("code", "figures"))
    return sorted(path.relative_to(ROOT) for room in rooms for path in room.rglob("*.py"))


@pytest.mark.parametrize("path", code_files(), ids=str)
def test_functions_and_modules_are_short(path: Path) -> None:
    source = (ROOT / path).read_text("utf-8")
    assert not long_functions(source)
    alone = path.parts[:2] == ("code", "scripts") and path.parts[2] in {"scaling", "production"}
    assert len(source.splitlines()) < (LONGEST_PROGRAM if alone else LONGEST_MODULE)


def test_a_long_function_is_found() -> None:
    body = "".join(f"    x{i} = {i}\n" for i in range(20))
    assert long_functions(f'def f():\n    """Say."""\n    # why\n\n{body}') == ["f (21 lines)"]
    assert not long_functions(f'def f():\n    """Say\n    more."""\n    # why\n\n{body[:-11]}\n')


def test_each_part_has_an_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(project["optional-dependencies"]) == {*PARTS, "book", "test", "dev"}


def test_the_tested_torch_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert "torch==2.13.0" in pins
    assert all("==" in pin for pin in pins if pin and not pin.startswith("#"))


def test_torchvision_is_not_used(texts: dict[str, str]) -> None:
    needed = ("pyproject.toml", "constraints.txt", ".binder/environment.yml")
    pattern = re.compile(r"^\s*(import|from) torchvision", re.MULTILINE)
    assert not [name for name in needed if "torchvision" in texts[name]]
    assert not [name for name, text in texts.items() if pattern.search(text)]


def test_no_registry_is_named_by_its_host(texts: dict[str, str]) -> None:
    hosts = ("pypi" + r"\.org", "files" + r"\.pythonhosted", "npmjs" + r"\.(org|com)", "download" + r"\.pytorch")
    pattern = re.compile("|".join(hosts))
    assert not [name for name, text in texts.items() if pattern.search(text)]


def test_the_repository_has_one_address(texts: dict[str, str]) -> None:
    address = yaml.safe_load(texts["_config.yml"])["repository"]["url"]
    owner_and_name = "/".join(address.split("/")[-2:])
    found = {name for name, text in texts.items() if owner_and_name in text}
    assert {name for name in found if not name.startswith("tests/")} == {"_config.yml"}


def test_make_offers_what_the_readme_says(texts: dict[str, str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", texts["Makefile"], re.MULTILINE))
    assert {"book", "test", "serve", "launch", "new-chapter", "clean"} <= targets
    documents = (texts["README.md"], texts[".github/CONTRIBUTING.md"])
    named = {word for text in documents for word in re.findall(r"`make ([a-z-]+)", text)}
    assert named <= targets


def test_contributing_has_ten_steps(texts: dict[str, str]) -> None:
    steps = re.findall(r"^(\d+)\. ", texts[".github/CONTRIBUTING.md"], re.MULTILINE)
    assert steps == [str(number) for number in range(1, 11)]


def test_the_reading_order_is_that_of_the_syllabus() -> None:
    planned = {f"{part}/{name}" for part, names in reading_order().items() for name in names}
    assert planned == set(read_syllabus(ROOT / SYLLABUS).chapters)
    assert tuple(reading_order()) == PARTS


def test_both_licences_are_whole() -> None:
    text, code = ((ROOT / name).read_text("utf-8") for name in ("LICENSE-TEXT", "LICENSE"))
    assert text.startswith("Attribution 4.0 International\n")
    assert text.rstrip().endswith("Creative Commons may be contacted at creativecommons.org.")
    assert "Apache License" in code
    assert "END OF TERMS AND CONDITIONS" in code


def test_binder_installs_every_written_part() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    fronts = [(ROOT / f"{name}.md").read_text("utf-8") for name in files]
    needed = {extra for text in fronts for extra in re.findall(r"^  extra: (\S+)$", text, re.MULTILINE)}
    installed = re.findall(r"\[([a-z,]+)\]", (ROOT / ".binder/postBuild").read_text("utf-8"))
    assert needed
    assert all(needed <= set(extras.split(",")) for extras in installed)


def test_binder_takes_torch_for_cpus() -> None:
    environment = yaml.safe_load((ROOT / ".binder/environment.yml").read_text("utf-8"))
    assert any(package.startswith("pytorch-cpu") for package in environment["dependencies"])
