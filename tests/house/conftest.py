"""What the tests of the house share."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns("_build", ".*", "*.egg-info", "__pycache__")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a copy of the book."""
    return Path(shutil.copytree(ROOT, tmp_path / "house", ignore=NOT_COPIED))
