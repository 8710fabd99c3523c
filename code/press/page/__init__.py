"""The reader's page, for Sphinx: equations, assets, addresses, described figures, and the last touches to the HTML."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from press.page import addresses, assets, described, equations, html


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what makes the pages."""
    for room in (addresses, assets, equations, described, html):
        room.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
