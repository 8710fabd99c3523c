"""What a change touches: the pages that differ from those of another commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

from press.chapter import find_chapters
from press.determinism import changed_chapters
from press.settings import PressError, Settings

# The tree without files, which every repository knows: all is new compared with it.
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def changed_pages(settings: Settings, base: str) -> list[str]:
    """List the docnames of all pages whose text or code has changed since the commit `base`, sorted.

    Raises PressError if git does not know `base`.
    """
    differ = _git(settings.root, "diff", "--name-only", "--relative", base, "--", "book/*.md")
    new = _git(settings.root, "ls-files", "--others", "--exclude-standard", "--", "book/*.md")
    names = {name.removesuffix(".md") for name in differ + new if (settings.root / name).is_file()}
    chapters = changed_chapters(settings, find_chapters(settings.root), base)
    return sorted(names | {chapter.docname for chapter in chapters})


def common_base(settings: Settings) -> str:
    """Give the commit where the work left the main branch; on that branch itself, the commit before.

    Raises PressError if this is no git checkout with a commit.
    """
    root = settings.root
    head = _git(root, "rev-parse", "HEAD")
    for name in (f"origin/{settings.branch}", settings.branch):
        if _knows(root, name) and (base := _git(root, "merge-base", name, "HEAD")) != head:
            return base[0]
    return "HEAD~1" if _knows(root, "HEAD~1") else EMPTY_TREE


def _knows(root: Path, commit: str) -> bool:
    command = ["git", "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]
    return subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == 0


def _git(root: Path, *arguments: str) -> list[str]:
    """Give the lines that git prints."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise PressError("git is not installed, and nobody else knows what has changed: install it.") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["it gave no reason"])[0]
        raise PressError(f"git cannot say what has changed ({said}): name a commit of this checkout.") from None
    return done.stdout.splitlines()
