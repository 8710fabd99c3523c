"""CITATION.cff keeps its schema and agrees with the package and the book."""

import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "CITATION.cff"


def test_it_keeps_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_agrees_with_the_package_and_the_book() -> None:
    citation = yaml.safe_load(FILE.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    book = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert citation["version"] == project["version"]
    assert project["license"] in citation["license"]
    assert citation["title"].startswith(book["title"])
