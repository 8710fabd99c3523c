"""A tiny book in a temporary folder, to execute and to build."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from press.execution.schedule import execute_book
from press.settings import Settings, read_settings

CONFIG = """
title: Tiny
repository: {url: https://github.com/your--account/tiny}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
"""
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"


class TinyBook:
    """Writes sources, executes them, and remembers which chapters ran."""

    def __init__(self, root: Path):
        self.root = root
        self.lines: list[str] = []
        self.write("_config.yml", CONFIG)
        self.write("code/largemodels/__init__.py", "")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), "utf-8")
        return file

    def chapter(self, name: str, *cells: str, prose: str = "Words.", front: str = "") -> Path:
        head = HEAD.replace("kernelspec", f"{front}\nkernelspec") if front else HEAD
        blocks = [f"```{{code-cell}} ipython3\n{textwrap.dedent(cell).strip()}\n```\n" for cell in cells]
        path = self.write(f"book/foundations/{name}.md", "")
        path.write_text("\n".join([head, f"# {name.title()}\n\n{prose}\n", *blocks]), "utf-8")
        names = sorted(file.stem for file in path.parent.glob("*.md"))
        files = "".join(f"  - file: book/foundations/{stem}\n" for stem in names[1:])
        self.write("_toc.yml", f"format: jb-book\nroot: book/foundations/{names[0]}\nchapters:\n{files}")
        if not files:
            self.write("_toc.yml", f"format: jb-book\nroot: book/foundations/{names[0]}\n")
        return path

    @property
    def settings(self) -> Settings:
        return read_settings(self.root)

    def run(self) -> list[str]:
        """Execute the book; give the names of the chapters that were executed."""
        self.lines = []
        execute_book(self.settings, self.lines.append)
        return sorted(line.split()[0].rpartition("/")[2] for line in self.lines if line.endswith("starts"))


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyBook:
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    return TinyBook(tmp_path / "tiny")
