"""What executing a chapter cost, with which versions, and whether the cost is within the limits."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from press.settings import Settings

MEBI = 2**20
GIBI = 2**30


@dataclass(frozen=True)
class Record:
    """The cost of executing one chapter, all of its processes together."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    versions: dict[str, str]  # of Python and of the main libraries that the chapter uses

    @property
    def cost(self) -> str:
        """The cost in words."""
        cpu, wall, peak = (
            f"{self.cpu_seconds:.1f}",
            f"{self.wall_seconds:.1f}",
            f"{self.peak_bytes / MEBI:.0f}",
        )
        return f"{cpu} CPU-seconds, {wall} seconds of wall time, {peak} MiB of memory at the peak"

    def to_data(self) -> dict[str, Any]:
        """Give the record as jupyter-cache stores it; `execution_seconds` is a name that myst-nb reads."""
        return {**asdict(self), "execution_seconds": self.wall_seconds}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Record:
        """Read a record back from jupyter-cache.

        Raises KeyError if something other than the press has written the data.
        """
        return cls(data["cpu_seconds"], data["wall_seconds"], data["peak_bytes"], data["versions"])


def with_python(libraries: Mapping[str, str]) -> dict[str, str]:
    """Put the version of Python before those of the libraries."""
    return {"Python": platform.python_version(), **libraries}


def over_limits(settings: Settings, docname: str, record: Record) -> list[str]:
    """Say in a sentence each how a chapter exceeds the limits. Wall time has none: machines are noisy."""
    found = []
    if record.cpu_seconds > settings.cpu_limit:
        used = f"used {record.cpu_seconds:.1f} CPU-seconds; a chapter may use {settings.cpu_limit:g}"
        found.append(f"{docname} {used}: compute less, or ship a recorded result and re-run a part of it.")
    if record.peak_bytes > settings.memory_limit:
        held = f"held {record.peak_bytes / GIBI:.2f} GiB of memory; a chapter may hold"
        found.append(f"{docname} {held} {settings.memory_limit / GIBI:g} GiB: use a smaller model or batch.")
    return found
