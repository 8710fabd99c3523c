"""Buttons in the page header that open a chapter in Colab or Binder, or download it."""

from __future__ import annotations

from typing import Any

from press.chapter import Chapter
from press.export.addresses import FULL, STUDENT, binder_url, colab_url, download_path
from press.settings import Settings

Button = dict[str, Any]

# The theme's own logos, which the site serves.
_COLAB_ICON = "_static/images/logo_colab.png"
_BINDER_ICON = "_static/images/logo_binder.svg"


def add_buttons(context: dict[str, Any], chapter: Chapter, settings: Settings) -> None:
    """Add the launch buttons to a page's header, and the notebooks to its download menu."""
    header = context["header_buttons"]
    header.insert(0, _group("Run this chapter", "fas fa-rocket", "launch-buttons", _launch(chapter, settings)))
    _download_menu(header)["buttons"][:0] = _downloads(chapter, context["pathto"])


def drop_dead_source(context: dict[str, Any]) -> None:
    """Take the link to a page's source away, which the theme shows even where no sources are published."""
    for group in context["header_buttons"]:
        buttons = group.get("buttons", [])
        buttons[:] = [button for button in buttons if button.get("label") != "download-source-button"]


def _launch(chapter: Chapter, settings: Settings) -> list[Button]:
    colab, binder = _COLAB_ICON, _BINDER_ICON
    return [
        _link("Colab", "Open in Colab", colab, "launch-colab", colab_url(settings, chapter, FULL)),
        _link("Binder", "Open in Binder", binder, "launch-binder", binder_url(settings, chapter, FULL)),
        _link(
            "Colab, no solutions",
            "Open the student version in Colab",
            colab,
            "launch-colab-student",
            colab_url(settings, chapter, STUDENT),
        ),
        _link(
            "Binder, no solutions",
            "Open the student version in Binder",
            binder,
            "launch-binder-student",
            binder_url(settings, chapter, STUDENT),
        ),
    ]


def _downloads(chapter: Chapter, pathto: Any) -> list[Button]:
    full, student = (pathto(download_path(chapter, version), 1) for version in (FULL, STUDENT))
    code = "fas fa-code"
    return [
        _link(".ipynb", "Download the notebook", code, "download-notebook", full),
        _link(
            ".ipynb, no solutions",
            "Download the student version of the notebook",
            code,
            "download-notebook-student",
            student,
        ),
    ]


def _download_menu(header: list[Button]) -> Button:
    for group in header:
        if group.get("label") == "download-buttons":
            return group
    group = _group("Download this page", "fas fa-download", "download-buttons", [])
    header.insert(1, group)
    return group


def _group(tooltip: str, icon: str, label: str, buttons: list[Button]) -> Button:
    return {"type": "group", "tooltip": tooltip, "icon": icon, "label": label, "buttons": buttons}


def _link(text: str, tooltip: str, icon: str, label: str, url: str) -> Button:
    return {"type": "link", "text": text, "tooltip": tooltip, "icon": icon, "label": label, "url": url}
