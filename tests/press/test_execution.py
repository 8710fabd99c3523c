from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from press.chapter import find_chapters
from press.execution.records import over_limits
from press.execution.schedule import execute_book, longest_first, open_cache, records
from press.settings import PressError


def outputs(book, name: str) -> list[list[nbformat.NotebookNode]]:
    chapter = next(chapter for chapter in find_chapters(book.root) if chapter.name == name)
    _, merged = open_cache(book.settings).merge_match_into_notebook(chapter.notebook)
    return [cell.outputs for cell in merged.cells if cell.cell_type == "code"]


def test_only_chapters_that_use_an_edited_module_run_again(book) -> None:
    book.write("code/largemodels/alpha.py", "from largemodels import base\n")
    book.write("code/largemodels/base.py", "NAME = 'data.toml'\n")
    book.write("code/largemodels/data.toml", "a = 1\n")
    book.chapter("one", "from largemodels import alpha\nprint(alpha.base.NAME)")
    book.chapter("two", "print(2)", prose="Old words.")
    assert book.run() == ["one", "two"]
    assert book.run() == []
    book.write("code/largemodels/base.py", "NAME = 'data' + '.toml', 'data.toml'\n")
    assert book.run() == ["one"]
    book.write("code/largemodels/data.toml", "a = 2\n")
    assert book.run() == ["one"]
    book.chapter("two", "print(2)", prose="New words, $5 and\n\n## A new section")
    assert book.run() == []


def test_captions_are_prose_and_skipping_is_not(book) -> None:
    book.chapter("one", ":tags: [hide-input]\nprint(1)")
    book.run()
    book.chapter("one", "---\ntags: [scroll-output]\nmystnb: {figure: {caption: A new one}}\n---\nprint(1)")
    assert book.run() == []
    book.chapter("one", ":tags: [starter]\nprint(1)")
    assert book.run() == ["one"]


def test_starter_and_checker_cells_stay_without_outputs(book) -> None:
    cells = ["print('runs')", ":tags: [starter]\nraise 1", ":tags: [checker]\nprint('no')", "print('last')"]
    book.chapter("one", *cells)
    book.run()
    assert [[out.text for out in cell] for cell in outputs(book, "one")] == [["runs\n"], [], [], ["last\n"]]


def test_kernels_are_offline_and_start_in_an_empty_folder(book) -> None:
    book.chapter("one", "import os\nprint(os.environ['LARGEMODELS_OFFLINE'], os.listdir(), os.getcwd() + '/x')")
    book.run()
    assert outputs(book, "one")[0][0].text == "1 [] x\n"


def test_expected_exceptions_are_shown_without_the_machines_folders(book) -> None:
    book.write("code/largemodels/bad.py", "def f():\n    raise ValueError('no')\n")
    book.chapter("one", ":tags: [raises-exception]\nfrom largemodels import bad\nbad.f()")
    book.run()
    [[shown]] = outputs(book, "one")
    text = "\n".join(shown.traceback)
    assert shown.ename == "ValueError"
    assert "largemodels/bad.py" in text
    assert str(book.root) not in text


def test_all_failing_chapters_are_named_every_time(book) -> None:
    path = book.chapter("raises", "ok = 1", "# why\nprint(missing)")
    book.chapter("hangs", "import time\ntime.sleep(60)", front="mystnb: {execution_timeout: 1}")
    book.chapter("dies", "import os\nos._exit(1)")
    book.chapter("works", "print(1)")
    for ran in (["dies", "hangs", "raises", "works"], ["dies", "hangs", "raises"]):
        with pytest.raises(PressError) as caught:
            book.run()
        text = str(caught.value)
        assert path.read_text("utf-8").splitlines()[13] == "```{code-cell} ipython3"
        assert "3 problems" in text
        assert "book/foundations/raises.md:14, code cell 2 (`# why`): NameError: name 'missing'" in text
        assert "hangs.md:11, code cell 1 (`import time`): the cell timed out after 1 seconds" in text
        assert "dies.md:10, code cell 1 (`import os`): the kernel died" in text
        assert sorted(line.split("/")[2].split()[0] for line in book.lines if line.endswith("starts")) == ran


def test_an_unknown_kernel_is_named(book) -> None:
    path = book.chapter("one", "1")
    path.write_text(path.read_text().replace("python3}", "julia}"))
    with pytest.raises(PressError, match=r"one\.md: there is no kernel 'julia'"):
        book.run()


def test_cost_counts_children_and_memory(book) -> None:
    work = "sum(i * i for i in range(6_000_000)); b = bytearray(150_000_000); time.sleep(.5)"
    call = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; {work}'])"
    book.chapter("calls", call)
    book.chapter("idles", "import time\ntime.sleep(.5)")
    book.run()
    found = records(book.settings)
    calls, idles = found["book/foundations/calls"], found["book/foundations/idles"]
    assert calls.cpu_seconds > idles.cpu_seconds + 0.15
    assert calls.peak_bytes > idles.peak_bytes + 140_000_000
    assert calls.versions["Python"] == ".".join(map(str, sys.version_info[:3]))


def test_limits_fail_the_build_from_the_cache_too(book) -> None:
    book.chapter("one", "print(1)")
    book.run()
    settings = dataclasses.replace(book.settings, cpu_limit=0.01, memory_limit=2**20)
    with pytest.raises(PressError) as caught:
        execute_book(settings, book.lines.append)
    text = str(caught.value)
    assert "book/foundations/one used" in text
    assert "a chapter may use 0.01" in text
    assert "GiB of memory" in text


def test_wall_time_has_no_limit(book) -> None:
    book.chapter("one", "print(1)")
    book.run()
    [record] = records(book.settings).values()
    assert over_limits(book.settings, "one", dataclasses.replace(record, wall_seconds=1e9)) == []


def test_the_longest_runs_first_and_the_unknown_before_it(book) -> None:
    for name in ("a", "b", "c"):
        book.chapter(name, "print(1)")
    order = longest_first(find_chapters(book.root), {"book/foundations/a": 1.0, "book/foundations/b": 9.0})
    assert [chapter.name for chapter in order] == ["c", "b", "a"]


RUN = """
import sys
from pathlib import Path
from press.execution.schedule import execute_book
from press.settings import read_settings
execute_book(read_settings(Path(sys.argv[1])), lambda line: print(line, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no Ctrl-C to send")
def test_an_interrupted_build_keeps_what_is_done_and_leaves_no_kernel(book) -> None:
    book.chapter("quick", "print(1)")
    book.chapter("slow", "import time", "time.sleep(120)")
    command = [sys.executable, "-c", RUN, str(book.root)]
    build = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert build.stdout
    while "quick done" not in build.stdout.readline():
        assert build.poll() is None
    kernels = psutil.Process(build.pid).children(recursive=True)
    build.send_signal(signal.SIGINT)
    started = time.monotonic()
    build.communicate(timeout=20)
    assert build.returncode != 0
    assert time.monotonic() - started < 10
    assert kernels
    assert not any(kernel.is_running() for kernel in kernels)
    assert list(records(book.settings)) == ["book/foundations/quick"]


def test_a_chapter_that_times_processes_has_the_machine_to_itself(book) -> None:
    clock = "import time\nprint(time.time())\ntime.sleep(0.3)\nprint(time.time())"
    for name in ("one", "two", "three"):
        book.chapter(name, f"{clock}  # {name}", front="course: {processes: 2}" if name == "two" else "")
    book.run()
    spans = {name: outputs(book, name)[0][0].text.split() for name in ("one", "two", "three")}
    assert float(spans["two"][0]) > max(float(spans[name][1]) for name in ("one", "three"))
