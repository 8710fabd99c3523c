"""The theme's style sheet without what no page uses: a third of it names icons and parts that the book never shows."""

from __future__ import annotations

import re
from pathlib import Path

import pydata_sphinx_theme

SOURCE = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css"

# The icons that the site's own, smaller icon font holds (book/_assets/fonts/README.txt).
_NAMES = """
angle-down angle-left angle-right angle-up arrow-right arrow-up arrow-up-right-from-square bars bell book bug check
chevron-down chevron-left chevron-right chevron-up circle-check circle-exclamation circle-half-stroke circle-info
circle-xmark code compress copy download ellipsis expand file file-code file-lines file-pdf gear github gitlab
graduation-cap laptop-code lightbulb link list magnifying-glass magnifying-glass-minus moon outdent pencil
pencil-alt play print rocket share sun triangle-exclamation xmark
"""
ICONS = frozenset(_NAMES.split())
_ICON = re.compile(r'((?:\.fa-[a-z0-9-]+::?before,?)+)\{content:"[^"]*"\}')

# Parts of Bootstrap and of other sites that neither the theme nor the book puts on a page.
_UNUSED = re.compile(
    r"\.(?:ablog|accordion|btn-group|btn-outline|carousel|form-check|form-floating|form-range|form-select|input-group"
    r"|list-group|offcanvas|page-link|pagination|placeholder|popover|bs-popover|progress|spinner|text-bg|toast)"
)
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")


def slim(css: str) -> str:
    """Return the style sheet without the rules that no page needs."""
    css = _ICON.sub(lambda rule: rule[0] if _names(rule[1]) & ICONS else "", css)
    return _RULE.sub(lambda rule: "" if _is_unused(rule[1]) else rule[0], css)


def _names(selectors: str) -> set[str]:
    return set(re.findall(r"\.fa-([a-z0-9-]+)", selectors))


def _is_unused(selectors: str) -> bool:
    return all(_UNUSED.search(selector) for selector in selectors.split(","))
