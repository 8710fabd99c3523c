"""Pictures of all pages, at a laptop's and a phone's width, in both themes: look at them before you publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from press.page.browser import THEMES, WIDTHS, find_browser, launch, open_reader, serve
from press.settings import PressError, Settings

if TYPE_CHECKING:
    from press.page.browser import Reader

# Read on its own: the redirect at the site's root, and Sphinx's index of terms.
_UNSEEN = {"index.html", "genindex.html"}


def take_screenshots(settings: Settings, say: Callable[[str], None], pages: Sequence[str] = ()) -> list[Path]:
    """Photograph the built pages, or only those whose path contains one of `pages`; return the files.

    Raises PressError if the site is not built, no page matches, or there is no browser.
    """
    addresses = [page for page in find_pages(settings.html) if not pages or any(part in page for part in pages)]
    if not addresses:
        raise PressError("No built page matches: build the book first (make book), and name pages as in book/index.")
    folder = settings.build / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with serve(settings.html) as site, launch(find_browser()) as browser:
        for width in WIDTHS:
            for theme in THEMES:
                with open_reader(browser, width, theme) as reader:
                    taken += [_take(reader, site, page, folder, f"{width}-{theme}") for page in addresses]
                say(f"Screenshots: {len(addresses)} pages at {width} px, {theme}, in {folder}")
    return taken


def find_pages(html: Path) -> list[str]:
    """List the built pages that readers see, as paths below the site's root."""
    found = (path.relative_to(html) for path in html.rglob("*.html"))
    shown = (path.as_posix() for path in found if not path.parts[0].startswith("_"))
    return sorted(page for page in shown if page not in _UNSEEN)


def _take(reader: Reader, site: str, page: str, folder: Path, kind: str) -> Path:
    target = folder / f"{page.removesuffix('.html').replace('/', '-')}-{kind}.png"
    window = reader.context.new_page()
    window.goto(f"{site}/{page}", wait_until="load")
    window.evaluate("document.fonts.ready")
    window.screenshot(path=target, full_page=True)
    window.close()
    return target
