"""Where an exported notebook lies: on the site, on the `notebooks` branch, in Colab and Binder."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from press.chapter import Chapter
from press.settings import Settings

FULL, STUDENT = "full", "student"
VERSIONS = (FULL, STUDENT)

# Folder of the site that serves the notebooks, so that a download works offline too.
DOWNLOADS = "_notebooks"
COLAB = "https://colab.research.google.com/github"
BINDER = "https://mybinder.org/v2/gh"


def notebook_path(chapter: Chapter, version: str) -> str:
    """Give a notebook's path below the folder of exported notebooks, which is the branch's root."""
    return f"{version}/{chapter.part}/{chapter.name}.ipynb"


def download_path(chapter: Chapter, version: str) -> str:
    """Give a notebook's path below the site's root."""
    return f"{DOWNLOADS}/{notebook_path(chapter, version)}"


def page_url(settings: Settings, docname: str) -> str:
    """Give the address of a published page."""
    return f"{settings.baseurl}{docname}.html"


def colab_url(settings: Settings, chapter: Chapter, version: str) -> str:
    """Give the address that opens a notebook of the branch in Colab."""
    path = quote(notebook_path(chapter, version))
    return f"{COLAB}/{settings.slug}/blob/{quote(settings.notebooks_branch, safe='')}/{path}"


def binder_url(settings: Settings, chapter: Chapter, version: str) -> str:
    """Give the address that opens a notebook of the branch in JupyterLab on Binder."""
    path = quote(f"lab/tree/{notebook_path(chapter, version)}", safe="/")
    return f"{BINDER}/{settings.slug}/{quote(settings.notebooks_branch, safe='')}?urlpath={path}"


def extras(chapter: Chapter) -> list[str]:
    """List the extras of the package that a chapter needs: one or none."""
    return [str(chapter.front["extra"])] if chapter.front.get("extra") else []


def requirement(settings: Settings, extras: Iterable[str]) -> str:
    """Give what pip must install: the package, with these extras, at the commit that the pages were built from."""
    names = ",".join(sorted(set(extras)))
    package = f"largemodels[{names}]" if names else "largemodels"
    return f"{package} @ git+{settings.repository}@{settings.commit}"
