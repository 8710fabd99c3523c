"""The package as the checkout holds it now, in a git repository that pip can install from."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from press.settings import PressError

_AUTHOR = ("-c", "user.name=launch", "-c", "user.email=launch@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Snapshot:
    """A git repository with one commit."""

    folder: Path
    commit: str

    def stand_in(self, repository: str) -> dict[str, str]:
        """Give the environment variables that let git, and so pip, take this for the published repository."""
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.folder.resolve().as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": repository,
        }


def take_snapshot(root: Path, folder: Path) -> Snapshot:
    """Commit the checkout's files, changes that are not committed included, to a new repository in `folder`.

    Raises PressError if `root` is no git checkout.
    """
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():  # git also lists what was deleted but not committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all", "--force")
    _git(folder, *_AUTHOR, "commit", "--quiet", "--no-verify", "--message", "The checkout as it is")
    return Snapshot(folder, _git(folder, "rev-parse", "HEAD").strip())


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise PressError("The launch test needs git, as a reader's pip does; install it.") from None
    if done.returncode:
        raise PressError(f"The launch test needs the book as a git checkout: {' '.join(done.stderr.split())}")
    return done.stdout
