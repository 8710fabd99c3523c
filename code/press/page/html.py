"""The last touches to each page as it is written: what neither the theme nor its options can do.

The theme loads more than a reader needs, and some of its controls have no name for those who can't see them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx
from sphinx.jinja2glue import BuiltinTemplateLoader


def setup(app: Sphinx) -> None:
    """Let all pages pass through `Templates`."""
    # Sphinx makes its templates from this class; only pages that are written pass through it.
    app.connect("config-inited", lambda _app, config: setattr(config, "template_bridge", f"{__name__}.Templates"))


class Templates(BuiltinTemplateLoader):
    """Sphinx's own templates, with `mend` behind them."""

    def render(self, template: str, context: dict[str, Any]) -> str:  # type: ignore[override]
        """Render a page and mend it."""
        return mend(super().render(template, context), template)


def mend(page: str, template: str) -> str:
    """Make a page lighter and its controls named; the search page keeps the search's scripts."""
    for pattern, replacement in RULES if template == "search.html" else [*RULES, SEARCH]:
        page = pattern.sub(replacement, page)
    return page


# Only the search page searches: the index, which grows with the book, is no part of the others.
SEARCH = (re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'), "")

VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')

Replacement = str | Callable[[re.Match[str]], str]

REPLACEMENTS: list[tuple[str, Replacement]] = [
    # 1.5 MB of icons as a script; a web font draws the same ones.
    (
        r'\s*<!-- So that users can add custom icons -->\s*<script defer src="[^"]*fontawesome\.js[^"]*"></script>',
        "",
    ),
    # Names, punctuation and blanks in code have the color of the code around them: a tenth of a page for nothing.
    (r'<span class="[npw]">([^<]*)</span>', r"\1"),
    # The theme's style sheet without what no page uses; theme_css makes it.
    (r'styles/pydata-sphinx-theme\.css(?=[?"])', "styles/theme-slim.css"),
    # The same tag a second and third time.
    (r'(<meta name="viewport"[^>]*>)(.*?)(?=</head>)', lambda m: m[1] + VIEWPORT.sub("", m[2])),
    # A name that does not contain the visible words confuses who speaks to the computer.
    (r'(<button[^>]*\bsearch-button-field\b[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # A list holds items; the role of a bibliography's entry is no longer one.
    (r' role="doc-biblioentry"', ' role="listitem"'),
    # The empty corner of a data frame heads nothing.
    (r"<th></th>", "<td></td>"),
    # Two names in one control, both read aloud: the first shows in one state only.
    (r'(<div id="pst-primary-sidebar") class="', r'\1 role="complementary" aria-label="Book" class="'),
    (
        r'<summary><span class="toctree-toggle"',
        '<summary aria-label="Show or hide the sections"><span class="toctree-toggle"',
    ),
    (
        r'(<button class="sidebar-toggle [a-z]+-toggle[^>]*?title=")(Toggle [a-z]+ sidebar)"',
        r'\1\2" aria-label="\2"',
    ),
    (
        r'title="Toggle primary sidebar" aria-label="[^"]*"',
        'title="Contents of the book" aria-label="Contents of the book"',
    ),
    (
        r'title="Toggle secondary sidebar" aria-label="[^"]*"',
        'title="Contents of this page" aria-label="Contents of this page"',
    ),
    (r'(<button onclick="toggleFullScreen\(\)"[^>]*?title="([^"]*)")', r'\1 aria-label="\2"'),
]

RULES = [(re.compile(pattern, re.DOTALL), replacement) for pattern, replacement in REPLACEMENTS]
