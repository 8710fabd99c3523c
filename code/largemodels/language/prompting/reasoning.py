"""Steps before the answer: chain of thought, a control, and votes over samples.

`reasoning.csv` holds what `python -m largemodels.language.prompting.reasoning_record`
has recorded: what the model says is the answer, for each item, way and draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from largemodels.language.prompting import tasks
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task

RECORDED = Path(__file__).with_name("reasoning.csv")
TASKS: dict[str, Callable[[str], Task]] = {
    "picks": tasks.picks,
    "sums": tasks.sums,
    "stories": tasks.stories,
}
WAYS = {  # by task: examples' styles, and chat questions without examples
    "picks": ("answer", "steps after", "steps"),
    "sums": ("answer", "steps"),
    "stories": ("answer", "steps", "asked", "step by step"),
}
SAMPLED = ("picks",)  # with steps, at a temperature, again and again
SAMPLES, TEMPERATURE = 5, 0.7
ASKED = "{text} End with: The answer is ..."
LONGEST = 240  # tokens; steps in free words take many
CUE = "Let's think step by step."  # of Kojima et al. (2022)


def prepare(name: str, way: str) -> tuple[Prompt, Task]:
    """Return how to ask a task in a way, and the task."""
    if way == "asked":
        return Prompt(ASKED, chat=True), tasks.longer(TASKS[name]("answer"), LONGEST)
    if way == "step by step":
        asking = Prompt(f"{ASKED} {CUE}", chat=True)
        return asking, tasks.longer(TASKS[name]("answer"), LONGEST)
    task = TASKS[name](way)
    return Prompt("Question: {text}\nAnswer:", task.examples), task


def vote(answers: Sequence[str]) -> str:
    """Return the most frequent answer, the first of equals; no answer has no vote."""
    counts = Counter(answer for answer in answers if answer)
    return counts.most_common(1)[0][0] if counts else ""


def recorded() -> pd.DataFrame:
    """Return the recorded answers: task, way, seed (0: greedy), item, gold, answer."""
    words = {"gold": str, "answer": str}
    return pd.read_csv(RECORDED, keep_default_na=False, dtype=words)
