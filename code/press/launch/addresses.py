"""The addresses behind a page's buttons, and whether each leads to a file that the export made."""

from __future__ import annotations

import posixpath
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from press.chapter import Chapter
from press.export.addresses import BINDER, COLAB, VERSIONS, download_path, notebook_path
from press.settings import Settings

Target = tuple[str, Path]  # the service that opens a file, and the file

_TREE = "lab/tree/"


def check_addresses(settings: Settings, chapter: Chapter) -> list[str]:
    """Check that a built page opens both versions in Colab, in Binder and as a download, and that all exist."""
    page = settings.html / f"{chapter.docname}.html"
    if not page.is_file():
        return [f"{chapter.docname}: there is no page {page}; build the book first."]
    targets = {target for link in links(page) if (target := resolve(settings, page, link))}
    missing = sorted(_wanted(settings, chapter) - targets)
    problems = [f"{chapter.docname}: no button opens {path} ({service})." for service, path in missing]
    dead = sorted((service, path) for service, path in targets if not path.is_file())
    return problems + [
        f"{chapter.docname}: a {service} button opens {path}, which is missing." for service, path in dead
    ]


def links(page: Path) -> list[str]:
    """List the addresses that a page links to."""
    parser = _Links()
    parser.feed(page.read_text("utf-8"))
    return parser.found


def resolve(settings: Settings, page: Path, link: str) -> Target | None:
    """Give the service and the file of the build that an address stands for; None for addresses of other kinds.

    Of Colab and Binder only the repository's own branch counts: nothing else was exported.
    """
    branch = quote(settings.notebooks_branch, safe="")
    colab, binder = f"{COLAB}/{settings.slug}/blob/{branch}/", f"{BINDER}/{settings.slug}/{branch}?"
    if link.startswith(colab):
        return "Colab", settings.notebooks / unquote(link.removeprefix(colab))
    if link.startswith(binder):
        path = parse_qs(urlsplit(link).query).get("urlpath", [""])[0]
        return "Binder", settings.notebooks / path.removeprefix(_TREE)
    if urlsplit(link).scheme or not urlsplit(link).path.endswith(".ipynb"):
        return None
    return "download", Path(posixpath.normpath(page.parent / unquote(urlsplit(link).path)))


def _wanted(settings: Settings, chapter: Chapter) -> set[Target]:
    wanted = set[Target]()
    for version in VERSIONS:
        exported = settings.notebooks / notebook_path(chapter, version)
        wanted |= {("Colab", exported), ("Binder", exported)}
        wanted.add(("download", settings.html / download_path(chapter, version)))
    return wanted


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]
