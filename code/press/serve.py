"""The site while you write: served from your machine and built again at every edit."""

from __future__ import annotations

import subprocess
import sys

from press.build import doctrees
from press.settings import PressError, Settings

# What a build writes itself: without this pattern every build would start the next one.
IGNORED = r"/_build/|/\.git/|/\.venv|\.egg-info|__pycache__|_cache/|\.hypothesis/|\.ipynb_checkpoints/"


def serve_book(settings: Settings, port: int) -> None:
    """Serve until stopped. Only chapters whose code changed are executed; an edit of prose runs none.

    Raises PressError if the server cannot start.
    """
    print(f"The site comes up at http://127.0.0.1:{port}; the page in your browser follows each edit.")
    print(
        "When a build fails, the reason stands here and the browser keeps the old page. Ctrl+C ends it.",
        flush=True,
    )
    done = subprocess.run(serve_command(settings, port), cwd=settings.root, check=False)
    if done.returncode:
        raise PressError(f"The server ended with code {done.returncode}; if port {port} is taken, try --port.")


def serve_command(settings: Settings, port: int) -> list[str]:
    """Give the command that watches the sources, draws the diagrams, builds and serves."""
    figures = subprocess.list2cmdline([sys.executable, "-m", "press", "figures"])
    watched = [word for room in ("code", "figures") for word in ("--watch", room)]
    sphinx = ["-b", "html", "-n", "-d", str(doctrees(settings))]
    folders = [str(settings.root), str(settings.html)]
    server = ["--port", str(port), "--re-ignore", IGNORED, "--pre-build", figures]
    return [sys.executable, "-m", "sphinx_autobuild", *sphinx, *folders, *watched, *server]
