"""Every link inside the site leads to a page, and to a place on it, that exists; every icon is in the icon font."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from press.page.screenshots import find_pages
from press.page.theme_css import ICONS


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.places = set(), set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places.update(value for key in ("id", "name") if (value := given.get(key)))
        # Social networks and search engines read <link rel="canonical">; the rest is the page's own.
        if given.get("rel") != "canonical":
            self.found.update(value for key in ("href", "src") if (value := given.get(key)))


@cache
def read(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text("utf-8"))
    return links


def fault(page: Path, link: str) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return "no such file"
    place = unquote(parts.fragment)
    if place and target.suffix == ".html" and place not in read(target).places:
        return "no such place on the page"
    return None


def test_no_link_inside_the_site_is_dead(settings):
    faults = [
        f"{page}: {link}: {why}"
        for page in find_pages(settings.html)
        for link in sorted(read((settings.html / page).resolve()).found)
        if link not in ("#", "") and (why := fault((settings.html / page).resolve(), link))
    ]
    assert not faults, "\n".join(["", *faults])


STYLES = {"solid", "brands", "regular", "lg", "fw"}  # how an icon is drawn, not which


def test_every_icon_is_in_the_icon_font(settings):
    faults = [
        f"{page}: fa-{icon}: add it to ICONS and to the font"
        for page in find_pages(settings.html)
        for icon in set(re.findall(r"\bfa-([a-z][a-z-]*)", (settings.html / page).read_text("utf-8"))) - ICONS - STYLES
    ]
    assert not faults, "\n".join(["", *faults])
