"""Let plain Sphinx tools (sphinx-build, sphinx-autobuild) use _config.yml as it stands."""

import sys
from pathlib import Path

from jupyter_book.config import get_final_config

_root = Path(__file__).parent
# The press is part of the checkout, so a build needs no installed copy of it.
sys.path.insert(0, str(_root / "code"))
_settings, _ = get_final_config(
    user_yaml=_root / "_config.yml",
    sourcedir=_root,
    cli_config={"external_toc_path": "_toc.yml", "latex_individualpages": False},
)
globals().update(_settings)
