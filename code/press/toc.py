"""The table of contents `_toc.yml`, changed as text so that its comments and layout stay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from press.settings import PressError
from press.syllabus import PARTS

_CAPTION = re.compile(r"^  - caption:\s*(.+?)\s*$")
_FILE = re.compile(r"^      - file:\s*(\S+)\s*$")


def insert_chapter(toc: str, part: str, name: str, order: Mapping[str, Sequence[str]]) -> str:
    """Insert book/part/name into the text of `_toc.yml` where the reading order puts it; return the new text.

    Raises PressError if the chapter is listed already, or the parts are not laid out one to a block.
    """
    lines = toc.splitlines()
    parts = _parts(lines)
    listed = f"book/{part}/{name}"
    if any(match and match[1] == listed for match in map(_FILE.match, lines)):
        raise PressError(f"_toc.yml lists {listed} already.")
    if not parts:
        raise PressError("_toc.yml has no parts: each must start with a line `  - caption: Name`.")
    entry = f"      - file: {listed}"
    if part in parts:
        start, end = parts[part]
        lines.insert(_place(lines, start, end, part, order[part][: order[part].index(name)]), entry)
    else:
        place = _part_place(parts, part)
        lines[place:place] = [f"  - caption: {part.capitalize()}", "    numbered: 1", "    chapters:", entry]
    return "\n".join(lines) + "\n"


def _parts(lines: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Map each part to its first line and the line after its last."""
    starts = [(match[1].lower(), number) for number, line in enumerate(lines) if (match := _CAPTION.match(line))]
    ends = [number for _, number in starts[1:]] + [len(lines)]
    return {name: (start, end) for (name, start), end in zip(starts, ends, strict=True)}


def _place(lines: Sequence[str], start: int, end: int, part: str, before: Sequence[str]) -> int:
    """Give the line after the last listed chapter that comes before; the part's first if there is none."""
    found = [number for number in range(start, end) if lines[number].strip() == "chapters:"]
    earlier = {f"book/{part}/{name}" for name in before}
    for number in range(start, end):
        match = _FILE.match(lines[number])
        if match and match[1] in earlier:
            found.append(number)
    if not found:
        raise PressError(f"The part {part} in _toc.yml has no line `    chapters:`.")
    return found[-1] + 1


def _part_place(parts: Mapping[str, tuple[int, int]], part: str) -> int:
    """Give the line where a part begins that is not there yet: before the first part that comes later."""
    later = PARTS[PARTS.index(part) + 1 :]
    starts = [parts[name][0] for name in later if name in parts]
    return min(starts) if starts else max(end for _, end in parts.values())
