from __future__ import annotations

import pytest

from press.execution.dependencies import Sources


@pytest.fixture
def sources(book) -> Sources:
    book.write("code/largemodels/core/__init__.py", "")
    book.write("code/largemodels/core/plot.py", "import matplotlib\nNAME = 'style.toml'\n")
    book.write("code/largemodels/core/style.toml", "ink = 1\n")
    book.write("code/largemodels/core/unused.toml", "")
    book.write("code/largemodels/core/seed.py", "import numpy as np\n")
    book.write("code/largemodels/foundations/engine.py", "from ..core import plot\nfrom . import helper\n")
    book.write("code/largemodels/foundations/helper.py", "FOLDER = 'curves'\n")
    book.write("code/largemodels/foundations/curves/a/one.csv", "1\n")
    book.write("code/largemodels/foundations/exercises/training_craft.py", "from largemodels.core import seed\n")
    return Sources(book.root / "code")


def names(sources: Sources, *cells: str) -> list[str]:
    return [name.removeprefix("largemodels").lstrip(".") for name in sources.closure(cells)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("import largemodels.core.seed", ["", "core", "core.seed"]),
        ("from largemodels.core import seed as s", ["", "core", "core.seed"]),
        ("def f():\n    from largemodels.core.seed import seed_everything", ["", "core", "core.seed"]),
        ("import numpy", []),
        ("%matplotlib inline\nfrom largemodels.core import seed\n!ls", ["", "core", "core.seed"]),
        ("%%time\nfrom largemodels.core import seed", ["", "core", "core.seed"]),
        ("%time import largemodels.core.seed", ["", "core", "core.seed"]),
        ("!python -m largemodels.core.seed", ["", "core", "core.seed"]),
        ("def broken(:", []),
    ],
)
def test_closure_of_a_cell(sources: Sources, cell: str, expected: list[str]) -> None:
    assert names(sources, cell) == expected


def test_relative_imports_are_followed(sources: Sources) -> None:
    found = names(sources, "from largemodels.foundations.engine import Value")
    assert found == ["", "core", "core.plot", "foundations.engine", "foundations.helper"]


def test_a_check_depends_on_its_exercises(sources: Sources) -> None:
    found = names(sources, 'check("foundations.training-craft.momentum", answer)')
    assert found == ["", "core", "core.seed", "foundations.exercises.training_craft"]


def test_a_program_that_is_started_is_a_dependency(book, sources: Sources) -> None:
    path = book.write("code/scripts/scaling/speedup.py", "import torch\n")
    assert sources.files(['torchrun("speedup.py", "--out made", processes=2)']) == [path]
    assert "torch" in sources.libraries(['torchrun("speedup.py", processes=2)'])
    assert not sources.files(['torchrun("slowdown.py", processes=2)'])


def test_data_files_are_those_that_a_module_names(sources: Sources) -> None:
    files = {path.name for path in sources.files(["from largemodels.foundations import engine"])}
    assert {"style.toml", "one.csv", "engine.py"} <= files
    assert "unused.toml" not in files


def test_libraries_are_those_that_cells_and_modules_use(sources: Sources) -> None:
    found = sources.libraries(["from largemodels.foundations import engine"])
    assert {"matplotlib", "numpy", "pillow"} <= found.keys()  # numpy and pillow because matplotlib needs them
    assert "torch" not in found
    assert sources.libraries(["import json"]) == {}
