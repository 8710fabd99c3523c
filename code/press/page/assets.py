"""Assets that the build makes: the figures' colors, a smaller theme, and the image that a shared link shows."""

from __future__ import annotations

import hashlib
import runpy
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from press.page import theme_css
from press.settings import read_settings

STYLE = "code/largemodels/core/plot.py"
# In the folder where the theme has its own, because of the addresses in it.
SLIM = "styles/theme-slim.css"
SOCIAL = "figures/cover/social.py"
# 12 by 6.3 inches at this many dots an inch are the 1200 by 630 pixels that social networks ask for.
DOTS = 100


def setup(app: Sphinx) -> None:
    """Make the assets before the pages ask for them, and write all pages again when one has changed."""
    app.add_config_value("press_assets", "", "html", [str])
    app.connect("config-inited", make_assets)


def make_assets(app: Sphinx, config: Config) -> None:
    """Make what is missing or older than its source, and let the site serve it."""
    settings = read_settings(Path(app.srcdir))
    folder = settings.state / "static"
    _make(folder / "css/figures.css", [settings.root / STYLE], _write_colors)
    social = settings.root / SOCIAL
    _make(folder / "social.png", [social, settings.root / STYLE], lambda target: _draw(social, target))
    _make(folder / SLIM, [theme_css.SOURCE, Path(theme_css.__file__)], _slim_theme)
    config.html_static_path.append(folder.relative_to(settings.root).as_posix())
    # Sphinx copies assets only when it writes pages: without this, an edited style sheet would stay behind.
    config.press_assets = _digest([settings.root / path for path in config.html_static_path])


def _digest(folders: list[Path]) -> str:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def _make(target: Path, sources: list[Path], make: Callable[[Path], None]) -> None:
    changed = max(source.stat().st_mtime for source in sources)
    if not target.is_file() or target.stat().st_mtime < changed:
        target.parent.mkdir(parents=True, exist_ok=True)
        make(target)


def _write_colors(target: Path) -> None:
    from largemodels.core.plot import css_variables

    target.write_text(css_variables(), "utf-8")


def _slim_theme(target: Path) -> None:
    target.write_text(theme_css.slim(theme_css.SOURCE.read_text("utf-8")), "utf-8")


def _draw(source: Path, target: Path) -> None:
    from largemodels.core.plot import COLORS

    figure = runpy.run_path(str(source))["draw"]()
    # Without matplotlib's version in the file the image changes only with the drawing.
    figure.savefig(target, dpi=DOTS, facecolor=COLORS["paper"], metadata={"Software": None})
