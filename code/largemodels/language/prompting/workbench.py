"""The reader's workbench: try prompts on a task, with one table of all trials."""

from __future__ import annotations

import pandas as pd

from largemodels.language.prompting.answers import Answers
from largemodels.language.prompting.calibration import mean_bias
from largemodels.language.prompting.evaluation import Result, compare, evaluate
from largemodels.language.prompting.lm import LM
from largemodels.language.prompting.prompt import Prompt
from largemodels.language.prompting.task import Task


class Workbench:
    """A model, a task split in two, and the prompts that have been tried on it.

    Every trial asks the development items. The test items are asked once, in `finish`.
    """

    def __init__(self, lm: LM, task: Task, n_dev: int, seed: int = 0) -> None:
        self.lm = lm
        self.dev, self.test = task.split(n_dev, seed)
        self.answers = Answers()
        self.tried: dict[str, Result] = {}
        self.finished: str | None = None

    def try_out(self, name: str, prompt: Prompt) -> pd.DataFrame:
        """Ask the development items; return the table of all trials, the first first.

        Raises PromptError where the prompt does not fit the task.
        """
        self.tried[name] = evaluate(self.lm, prompt, self.dev, answers=self.answers)
        return compare(self.tried)

    def finish(self, name: str) -> pd.DataFrame:
        """Ask the test items with one prompt; labels are shown calibrated, too.

        Raises ValueError for a prompt that was not tried, or a second prompt.
        """
        if name not in self.tried:
            known = ", ".join(self.tried) or "none yet"
            raise ValueError(f"{name!r} was not tried; these were: {known}.")
        if self.finished not in (None, name):
            asked = f"The test items were asked with {self.finished!r}"
            raise ValueError(f"{asked}, and are asked once: take new items.")
        self.finished = name
        dev = self.tried[name]
        test = evaluate(self.lm, dev.prompt, self.test, answers=self.answers)
        shown = {"development": dev, "test": test}
        if test.scores is not None:
            shown["test, calibrated"] = test.less(mean_bias(test))
        rows = {part: _row(result) for part, result in shown.items()}
        return pd.DataFrame.from_dict(rows, orient="index")


def _row(result: Result) -> dict[str, float]:
    low, high = result.interval
    share = result.accuracy
    return {"items": len(result.right), "accuracy": share, "low": low, "high": high}
