"""The built site, a browser, and one visit to every page in every width and theme, made once for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from press.page.browser import THEMES, WIDTHS, find_browser, launch, open_reader, serve
from press.page.screenshots import find_pages
from press.settings import PressError, Settings, find_root, read_settings

# Everything a test asks a page for, in one question: asking is what takes time.
MEASURES = """() => {
  const hidden = (e) => e.closest("[aria-hidden=true], button, .headerlink");
  const pictures = [...document.querySelectorAll("article img, article svg")].filter((e) => !hidden(e));
  const named = (e) => e.getAttribute("role") === "img" && e.getAttribute("aria-label");
  const described = (e) => e.tagName === "IMG" ? e.alt : named(e);
  const loaded = performance.getEntriesByType("resource").filter((e) => !e.name.includes("/_images/"));
  const page = performance.getEntriesByType("navigation")[0].decodedBodySize;
  const size = (html) => new TextEncoder().encode(html).length;
  const drawn = [...document.querySelectorAll(".lm-figure")].reduce((sum, e) => sum + size(e.outerHTML), 0);
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    undescribed: pictures.filter((e) => !described(e)).map((e) => e.outerHTML.slice(0, 120)),
    weight: page - drawn + loaded.reduce((sum, e) => sum + e.decodedBodySize, 0),
    searches: [...document.querySelectorAll(".search-button__button")].filter(shown).length,
  };
}"""

# Preloading would fetch style sheets again, from wrong addresses; details of what is right take half the time.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
# A drawing is one picture with one description, and an equation is read from its MathML: the thousands of marks
# that they are made of need no look, and would take most of the time.
READ = {"exclude": [[".lm-figure svg > *"], [".katex-html"]]}


@dataclass
class Visit:
    """What one page showed at one width in one theme."""

    page: str
    width: int
    theme: str
    measures: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page} at {self.width} px, {self.theme}"


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The book, built."""
    found = read_settings(find_root(Path(__file__).parent))
    if not (found.html / "book/index.html").is_file():
        built = subprocess.run(
            [sys.executable, "-m", "press", "build"], cwd=found.root, capture_output=True, text=True, check=False
        )
        if built.returncode:
            pytest.fail(f"The site is not built, and building it fails:\n{built.stdout}{built.stderr}", pytrace=False)
    return found


@pytest.fixture(scope="session")
def site(settings) -> Iterator[str]:
    """The address that the site is served at."""
    with serve(settings.html) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless browser; without one the tests are skipped, and fail where CI should have one."""
    try:
        executable = find_browser()
    except PressError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with launch(executable) as running:
        yield running


@pytest.fixture
def phone(browser) -> Iterator[Any]:
    """A page on a phone, in the light theme."""
    with open_reader(browser, 390, "light") as reader:
        yield reader.context.new_page()


@pytest.fixture
def laptop(browser) -> Iterator[Any]:
    """A page on a laptop, in the light theme."""
    with open_reader(browser, 1280, "light") as reader:
        yield reader.context.new_page()


@pytest.fixture(scope="session")
def visits(request, settings, site, browser) -> list[Visit]:
    """Every page, each width and each theme once; with the slow tests, every width in every theme."""
    quick = "not slow" in request.config.option.markexpr
    made = []
    for width, theme in zip(WIDTHS, THEMES, strict=True) if quick else product(WIDTHS, THEMES):
        with open_reader(browser, width, theme) as reader:
            for page in find_pages(settings.html):
                visit = Visit(page, width, theme)
                _visit(reader, site, visit)
                made.append(visit)
    return made


def _visit(reader, site: str, visit: Visit) -> None:
    from axe_playwright_python.sync_playwright import Axe

    window = reader.context.new_page()
    window.on("console", lambda message: _note(message, visit))
    window.on("pageerror", lambda error: visit.console.append(str(error)))
    window.goto(f"{site}/{visit.page}", wait_until="load")
    window.evaluate("document.fonts.ready")
    visit.measures = window.evaluate(MEASURES)
    for found in Axe().run(window, context=READ, options=OPTIONS).response["violations"]:
        places = "; ".join(str(node["target"]) for node in found["nodes"][:3])
        visit.violations.append(f"{found['id']}: {found['help']} ({len(found['nodes'])}: {places})")
    visit.outside = [*reader.outside]
    reader.outside.clear()
    window.close()


def _note(message, visit: Visit) -> None:
    if message.type == "error":
        visit.console.append(f"{message.text} ({message.location['url']})")
