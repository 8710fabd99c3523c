"""Execute all chapters that are not in the cache: several at a time, the longest first.

Those that start processes of their own and time them come last, each alone on the machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from jupyter_cache.cache.db import NbCacheRecord

from press.chapter import Chapter, find_chapters
from press.execution.dependencies import Sources
from press.execution.failure import Failure
from press.execution.key import KeyedCache
from press.execution.records import Record, over_limits
from press.execution.runner import Executed, Runner
from press.settings import PressError, Settings

Report = Callable[[str], None]


@dataclass(frozen=True)
class Execution:
    """What the cache holds of a chapter as it stands."""

    stamp: str  # differs whenever the outputs may differ
    record: Record


def open_cache(settings: Settings) -> KeyedCache:
    """Open the book's cache as its sources are now."""
    return KeyedCache(settings.cache, Sources(settings.root / "code"))


def executions(cache: KeyedCache, chapters: Sequence[Chapter]) -> dict[str, Execution]:
    """Map the docname of each chapter that is in the cache to its execution."""
    found = {chapter.docname: cache.find(chapter) for chapter in chapters}
    return {docname: _execution(entry) for docname, entry in found.items() if entry}


def records(settings: Settings) -> dict[str, Record]:
    """Map the docname of each executed chapter of the book to its cost."""
    found = executions(open_cache(settings), find_chapters(settings.root))
    return {docname: execution.record for docname, execution in found.items()}


def execute_book(
    settings: Settings,
    report: Report,
    chapters: Sequence[Chapter] | None = None,
    cache: KeyedCache | None = None,
) -> dict[str, Execution]:
    """Execute what the cache lacks of the given chapters (default: all); give the executions of all of them.

    `report` gets a line for each start and finish. Each success is cached at once, so that an interrupted
    build keeps it. Raises PressError naming every chapter that fails or exceeds a limit.
    """
    chapters = find_chapters(settings.root) if chapters is None else chapters
    cache = cache or open_cache(settings)
    lacking = [chapter for chapter in chapters if not cache.find(chapter)]
    problems = [str(failure) for failure in _execute_all(settings, cache, lacking, _in_turn(report))]
    found = executions(cache, chapters)
    for docname, execution in found.items():
        problems += over_limits(settings, docname, execution.record)
    if problems:
        raise PressError("\n".join([_count(len(problems)), *problems]))
    return found


def longest_first(chapters: Sequence[Chapter], seconds: Mapping[str, float]) -> list[Chapter]:
    """Order chapters by their last known wall time; those never executed come first, most cells ahead."""
    unknown = float("inf")
    return sorted(
        chapters,
        key=lambda chapter: (seconds.get(chapter.docname, unknown), len(chapter.code_cells)),
        reverse=True,
    )


def _execute_all(settings: Settings, cache: KeyedCache, chapters: Sequence[Chapter], report: Report) -> list[Failure]:
    order = longest_first(chapters, cache.seconds_last_time())
    alone = [chapter for chapter in order if chapter.front.get("processes")]
    together = [chapter for chapter in order if not chapter.front.get("processes")]
    failures = _execute(settings, cache, together, settings.jobs, report)
    return failures + _execute(settings, cache, alone, 1, report)


def _execute(
    settings: Settings, cache: KeyedCache, order: Sequence[Chapter], jobs: int, report: Report
) -> list[Failure]:
    """Execute chapters, so many at a time."""
    runners, failures = [Runner(chapter, settings) for chapter in order], []
    pool = ThreadPoolExecutor(jobs)
    try:
        futures: dict[Future[Executed | Failure], Chapter] = {
            pool.submit(_start, chapter, runner, cache.libraries(chapter), report): chapter
            for chapter, runner in zip(order, runners, strict=True)
        }
        for done, future in enumerate(as_completed(futures), 1):
            failures += _finish(cache, futures[future], future.result(), f"[{done}/{len(order)}]", report)
    except BaseException:  # Ctrl-C above all: no kernel may outlive the build
        pool.shutdown(wait=False, cancel_futures=True)
        for runner in runners:
            runner.cancel()
        raise
    finally:
        pool.shutdown()
    return failures


def _in_turn(report: Report) -> Report:
    """Keep lines whole that several threads report at a time."""
    turn = threading.Lock()

    def told(line: str) -> None:
        with turn:
            report(line)

    return told


def _start(chapter: Chapter, runner: Runner, libraries: dict[str, str], report: Report) -> Executed | Failure:
    report(f"{chapter.docname} starts")
    return runner.run(libraries)


def _finish(
    cache: KeyedCache, chapter: Chapter, result: Executed | Failure, count: str, report: Report
) -> list[Failure]:
    if isinstance(result, Failure):
        report(f"{count} {chapter.docname} FAILED")
        return [result]
    cache.store(chapter, result.notebook, result.record)
    report(f"{count} {chapter.docname} done: {result.record.cost}")
    return []


def _execution(entry: NbCacheRecord) -> Execution:
    return Execution(f"{entry.hashkey} {entry.created.isoformat()}", Record.from_data(entry.data))


def _count(problems: int) -> str:
    return "A chapter stops the build:" if problems == 1 else f"{problems} problems stop the build:"
