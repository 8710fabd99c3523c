"""A page's addresses follow from the repository that builds: a fork's pages lead to the fork."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from press.settings import PressError, read_settings


def setup(app: Sphinx) -> None:
    """Set the addresses as soon as the configuration is read."""
    app.connect("config-inited", set_addresses)


def set_addresses(app: Sphinx, config: Config) -> None:
    """Tell the theme and the Open Graph tags where the repository and the site are.

    Raises ExtensionError if `_config.yml` does not say so.
    """
    try:
        settings = read_settings(Path(app.srcdir))
    except PressError as error:
        raise ExtensionError(str(error)) from None
    config.html_theme_options["repository_url"] = settings.repository
    config.html_theme_options["repository_branch"] = settings.branch
    config.html_baseurl = settings.baseurl
    config.ogp_site_url = settings.baseurl
    # For prose: `{{ repository }}` is a link.
    config.myst_substitutions["repository"] = f"<{settings.repository}>"
