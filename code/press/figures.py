"""Diagrams: each `figures/<part>/<name>.py` is drawn into an SVG that pages take in.

Only what changed is drawn again: a diagram's own source, the plot style, or what else of the package it imports.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from press.execution.dependencies import Sources
from press.settings import PressError, Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = "figures"
SYLLABUS = "syllabus.yml"  # some pictures are drawn from it
STYLE = "code/largemodels/core/plot*.py"
_STATE = "figures.json"
# The drawn file's own description; the page that shows the diagram puts the author's words in its place.
_STAND_IN = "Described on the page that shows this diagram."


def draw_all(settings: Settings, echo: Callable[[str], None] = print) -> int:
    """Draw all diagrams that changed since they were last drawn, and say so by `echo`; return their number.

    Raises PressError, a line for each diagram that cannot be drawn, when the others are done.
    """
    state = settings.state / _STATE
    drawn = _read_state(state)
    sources = find_figures(settings.root)
    package = Sources(settings.root / "code")
    keys = {_name(settings, source): _key(settings.root, source, package) for source in sources}
    stale = [source for source in sources if _is_stale(settings, source, keys, drawn)]
    faults = []
    for number, source in enumerate(stale, 1):
        name = _name(settings, source)
        echo(f"figures: {number} of {len(stale)}: {name}")
        try:
            _draw(settings, source)
        except PressError as error:
            faults.append(str(error))
            keys.pop(name)
    _write_state(state, keys)
    if faults:
        raise PressError("\n".join(faults))
    return len(stale)


def find_figures(root: Path) -> list[Path]:
    """List the diagrams' sources."""
    return sorted((root / FIGURES).glob("*/*.py"))


def drawn_path(settings: Settings, source: Path) -> Path:
    """Give the SVG that a diagram's source is drawn into."""
    return settings.figures / source.relative_to(settings.root / FIGURES).with_suffix(".svg")


def describe(svg: str, alt: str) -> str:
    """Put the words of a page into a drawn diagram."""
    root = ET.fromstring(svg)
    # ElementTree writes prefixes for the namespace of SVG unless it is the default one.
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    root.set("aria-label", alt)
    return ET.tostring(root, encoding="unicode")


def _name(settings: Settings, source: Path) -> str:
    return source.relative_to(settings.root).as_posix()


def _key(root: Path, source: Path, package: Sources) -> str:
    """Digest everything that a drawing depends on."""
    code = source.read_text("utf-8")
    files = [source, *sorted(root.glob(STYLE)), *package.files([code]), Path(__file__)]
    if SYLLABUS in code:
        files.append(root / "book" / SYLLABUS)
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _is_stale(settings: Settings, source: Path, keys: dict[str, str], drawn: dict[str, str]) -> bool:
    name = _name(settings, source)
    return drawn.get(name) != keys[name] or not drawn_path(settings, source).is_file()


def _draw(settings: Settings, source: Path) -> None:
    """Draw one diagram; raise PressError, naming it, if its source fails."""
    import matplotlib as mpl

    from largemodels.core import plot

    mpl.use("Agg")
    mpl.rcdefaults()
    plot.use_book_style()
    try:
        svg = plot.to_svg(_run(source), _STAND_IN)
    except Exception as error:  # the author's code may fail in any way; the build names the diagram
        where = _name(settings, source) + _place(error, source)
        raise PressError(f"{where} cannot be drawn: {type(error).__name__}: {error}") from error
    finally:
        plot.plt.close("all")
    target = drawn_path(settings, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, "utf-8")


def _run(source: Path) -> Figure:
    """Run the function `draw` of a diagram's source."""
    spec = importlib.util.spec_from_file_location(f"figure_{source.stem}", source)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python cannot load {source}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "draw"):
        raise AttributeError("there is no function `draw() -> Figure` in it")
    figure = module.draw()
    if not hasattr(figure, "savefig"):
        raise TypeError(f"`draw()` returned {type(figure).__name__}, not a matplotlib Figure")
    return figure


def _place(error: Exception, source: Path) -> str:
    """Give the last line of the source that the error came through, as `:line`."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(source) else line
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == str(source):
        line = error.lineno or 0
    return f":{line}" if line else ""


def _read_state(path: Path) -> dict[str, str]:
    """Read which diagrams were drawn from what; a file that cannot be read means that all are drawn again."""
    try:
        state = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return state if isinstance(state, dict) else {}


def _write_state(path: Path, keys: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(keys, indent=1, sort_keys=True) + "\n", "utf-8")
