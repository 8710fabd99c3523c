"""Record margins in a file, a row for each prompt; what the file holds is not asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from largemodels.core.record import Record
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.margins import EMPTY, margins
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task

Named = tuple[dict[str, object], Prompt]  # what tells this prompt from the others


def sweep(lm: LM, task: Task, prompts: Sequence[Named], path: Path) -> None:
    """Ask the prompts that the file lacks, and write each when it is done."""
    columns = [str(i) for i in range(len(task.items))] + EMPTY
    record = Record(path, list(prompts[0][0]), columns)
    for names, prompt in prompts:
        run = tuple(names.values())
        if record.missing([run]):
            found = margins(lm, prompt, task)
            record.add(run, *(f"{found[column]:.3f}" for column in columns))
            print(*run, sep="\t", flush=True)
