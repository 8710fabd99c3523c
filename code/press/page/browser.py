"""The built site in a headless browser, cut off from every other host: for tests and for pictures of the pages."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from press.settings import PressError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Request, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
)
# Without these Chromium needs a display, a sandbox that containers lack, and calls home.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = (
    "No Chromium or Chrome was found: install one (Debian and Ubuntu: apt-get install chromium), "
    "or name its file in the environment variable BROWSER_PATH."
)

WIDTHS = {1280: 900, 390: 844}  # a laptop's and a phone's width -> height, in CSS pixels
THEMES = ("light", "dark")


def find_browser() -> Path:
    """Find the machine's Chromium or Chrome.

    Raises PressError, with a way to get one, if there is none.
    """
    named = os.environ.get("BROWSER_PATH")
    found = (Path(place) for place in (named, *map(shutil.which, NAMES), *map(os.path.expandvars, PLACES)) if place)
    for path in found:
        if path.is_file():
            return path
    raise PressError(MISSING)


@contextmanager
def launch(executable: Path) -> Iterator[Browser]:
    """Run a headless browser until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine until the block ends; give its address, without a slash at the end."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open: a page asks for some thirty files

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a page that is missing shows up in the browser."""


@dataclass
class Reader:
    """A reader's browser window of one width and theme, and what it asked other hosts for."""

    context: BrowserContext
    outside: list[str] = field(default_factory=list)


@contextmanager
def open_reader(browser: Browser, width: int, theme: str, *, scripts: str = "") -> Iterator[Reader]:
    """Open a window as a reader with this theme would; requests to other hosts fail and are noted."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        has_touch=width < 600,
        reduced_motion="reduce",
        color_scheme="dark" if theme == "dark" else "light",
    )
    context.add_init_script(f"for (const k of ['mode', 'theme']) localStorage.setItem(k, {theme!r});" + scripts)
    reader = Reader(context)

    def answer(route: Route, request: Request) -> None:
        if urlsplit(request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            reader.outside.append(request.url)
            route.abort()

    context.route("**/*", answer)
    try:
        yield reader
    finally:
        context.close()
