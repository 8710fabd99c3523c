"""Checkers pass right answers, tell plausible wrong ones why, and refuse the untouched starter kindly.

The answers of a chapter lie in tests/<part>/exercises_<chapter>.py: RIGHT has one for each exercise, WRONG lists
(exercise, answer, what the checker must say), and STARTERS has the starters that are not functions.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from largemodels.core.checker import judge

HERE = Path(__file__).parent


def load(path: Path) -> ModuleType:
    """Import a file of answers by its path."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = {
    f"{path.parent.name}.{path.stem.removeprefix('exercises_').replace('_', '-')}": load(path)
    for path in sorted(HERE.glob("*/exercises_*.py"))
}
RIGHT = [(f"{chapter}.{name}", answer) for chapter, module in MODULES.items() for name, answer in module.RIGHT.items()]
WRONG = [(f"{chapter}.{name}", *case) for chapter, module in MODULES.items() for name, *case in module.WRONG]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("label", "answer"), RIGHT, ids=[label for label, _ in RIGHT])
def test_right_answers_pass(label, answer, seed):
    before = torch.get_rng_state()
    verdict = judge(label, answer, np.random.default_rng(seed))
    assert verdict, verdict.message
    assert torch.equal(torch.get_rng_state(), before), "a notebook draws the same after a check as without it"


@pytest.mark.parametrize(("label", "answer"), RIGHT, ids=[label for label, _ in RIGHT])
def test_what_a_right_answer_is_told_is_the_same_for_all_cases(label, answer):
    told = {judge(label, answer, np.random.default_rng(seed)).message for seed in range(2)}
    assert len(told) == 1, "two builds of the book would differ"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("label", "answer", "sentence"), WRONG, ids=[label for label, *_ in WRONG])
def test_wrong_answers_are_told_why(label, answer, sentence, seed):
    verdict = judge(label, answer, np.random.default_rng(seed))
    assert not verdict
    assert sentence in verdict.message


@pytest.mark.parametrize("label", [label for label, _ in RIGHT])
def test_the_untouched_starter_is_refused_kindly(label):
    chapter, _, name = label.rpartition(".")
    starter = getattr(MODULES[chapter], "STARTERS", {}).get(name, lambda *args: ...)
    verdict = judge(label, starter)
    assert not verdict
    assert verdict.message.startswith("Not yet:")


@pytest.mark.parametrize("label", [label for label, _ in RIGHT])
def test_each_checker_is_tried_with_two_mistakes(label):
    sentences = {sentence for name, _, sentence in WRONG if name == label}
    assert len(sentences) >= 2, f"{label} needs two plausible wrong answers, each told something of its own"


@pytest.mark.parametrize("chapter", MODULES)
def test_every_checker_of_a_chapter_is_tried(chapter):
    part, name = chapter.split(".")
    module = importlib.import_module(f"largemodels.{part}.exercises.{name.replace('-', '_')}")
    own = {n for n, f in vars(module).items() if getattr(f, "__module__", "") == module.__name__ and n[0] != "_"}
    assert own == set(MODULES[chapter].RIGHT)
