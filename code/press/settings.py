"""What `_config.yml` and the building machine say about the book: its address, its commit, its folders."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

CONFIG = "_config.yml"


class PressError(Exception):
    """A mistake of the author or the machine, told in one sentence and shown without a traceback."""


@dataclass(frozen=True)
class Settings:
    """The book's settings; the folders of all build products follow from `build`."""

    root: Path
    build: Path
    title: str
    repository: str  # https://host/owner/name, without a slash at the end
    branch: str  # where the sources live
    notebooks_branch: str  # where the exported notebooks live
    baseurl: str  # where the site lives, with a slash at the end
    myst_extensions: frozenset[str]
    tex_macros: Mapping[str, str]
    jobs: int  # notebooks that run at a time
    timeout: int  # seconds that one cell may take, unless its chapter says otherwise
    cpu_limit: float  # CPU-seconds that one chapter may use
    memory_limit: int  # bytes that one chapter may hold at a time

    @property
    def slug(self) -> str:
        """Owner and name of the repository, as `owner/name`."""
        return urlsplit(self.repository).path.strip("/")

    @property
    def owner(self) -> str:
        """Owner of the repository."""
        return self.slug.partition("/")[0]

    @property
    def name(self) -> str:
        """Name of the repository."""
        return self.slug.partition("/")[2]

    @cached_property
    def commit(self) -> str:
        """Commit that is checked out; the branch's name where the book is no git checkout."""
        git = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
        try:
            found = subprocess.run(git, cwd=self.root, capture_output=True, text=True, check=False)
        except FileNotFoundError:  # no git on this machine: a downloaded archive
            return self.branch
        return found.stdout.strip() or self.branch

    @property
    def html(self) -> Path:
        """Folder of the built pages."""
        return self.build / "html"

    @property
    def notebooks(self) -> Path:
        """Folder of the exported notebooks: `full/` and `student/` below it."""
        return self.build / "notebooks"

    @property
    def cache(self) -> Path:
        """Folder of jupyter-cache: the executed notebooks."""
        return self.build / ".jupyter_cache"

    @property
    def figures(self) -> Path:
        """Folder of the drawn diagrams."""
        return self.build / "figures"

    @property
    def state(self) -> Path:
        """Folder of whatever else the press remembers between builds."""
        return self.build / "press"


def find_root(start: Path) -> Path:
    """Find the book's root: the nearest folder at or above `start` with a `_config.yml`.

    Raises PressError if there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / CONFIG).is_file():
            return folder
    raise PressError(f"{start} is in no book: neither it nor a folder above it holds a {CONFIG}.")


def read_settings(root: Path) -> Settings:
    """Read the settings of the book whose root is `root`.

    Raises PressError if `_config.yml` is missing, is not valid YAML, or names no repository.
    """
    config = _read_yaml(root / CONFIG)
    stated = _mapping(config, "repository")
    repository, here = _repository(str(stated.get("url") or ""))
    sphinx = _mapping(_mapping(config, "sphinx"), "config")
    return Settings(
        root=root.resolve(),
        build=root.resolve() / "_build",
        title=str(config.get("title") or "Untitled"),
        repository=repository,
        branch=str(stated.get("branch") or "main"),
        notebooks_branch=str(sphinx.get("press_notebooks_branch") or "notebooks"),
        baseurl=_baseurl(repository, str(_mapping(config, "html").get("baseurl") or "") if here else ""),
        myst_extensions=frozenset(_mapping(config, "parse").get("myst_enable_extensions") or ()),
        tex_macros={str(name): str(body) for name, body in _mapping(sphinx, "tex_macros").items()},
        timeout=int(_mapping(config, "execute").get("timeout") or 300),
        jobs=int(sphinx.get("press_jobs") or os.cpu_count() or 1),
        cpu_limit=float(sphinx.get("press_cpu_seconds") or 90),
        memory_limit=int(float(sphinx.get("press_gibibytes") or 2) * 2**30),
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PressError(f"{path} is missing: a book has a {CONFIG} at its root.") from None
    except yaml.YAMLError as error:
        raise PressError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict):
        raise PressError(f"{path} must hold settings as `name: value`.")
    return config


def _mapping(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, dict):
        raise PressError(f"`{key}` in {CONFIG} must hold settings as `name: value`, not {value!r}.")
    return value


def _repository(stated: str) -> tuple[str, bool]:
    """Give the address of the repository that builds, and whether it is the one that `_config.yml` names."""
    stated = stated.rstrip("/")
    slug = os.environ.get("GITHUB_REPOSITORY")
    found = f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{slug}" if slug else stated
    if urlsplit(found).path.count("/") != 2:
        raise PressError(f"`repository.url` in {CONFIG} must look like https://host/owner/name, not {found!r}.")
    return found, found == stated


def _baseurl(repository: str, stated: str) -> str:
    """Give the site's address: the stated one, or else that of the repository's GitHub Pages."""
    if stated:
        return stated.rstrip("/") + "/"
    owner, name = urlsplit(repository).path.strip("/").split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
