import sys

import pytest

from largemodels.core import checker_find
from largemodels.core.checker import judge
from largemodels.core.checker_find import UnknownExerciseError, checkers_of, find_checker


def refusal(name):
    with pytest.raises(UnknownExerciseError) as caught:
        find_checker(name)
    assert not judge(name, 1)
    assert judge(name, 1).message == str(caught.value)
    return str(caught.value)


def test_a_name_finds_its_function(exercises):
    assert find_checker("imagined.first-steps.relu") is exercises.relu
    assert find_checker("imagined.first_steps.relu") is exercises.relu


def test_only_a_modules_own_functions_of_answer_and_rng_are_checkers(exercises):
    assert sorted(checkers_of(exercises)) == ["careless", "relu", "silent"]


def test_a_misspelt_exercise_hears_its_neighbor(exercises):
    assert refusal("imagined.first-steps.rellu").endswith("no such exercise in this chapter: did you mean relu?")


def test_a_strange_exercise_hears_the_list(exercises):
    assert refusal("imagined.first-steps.xyzzy").endswith("did you mean careless or relu or silent?")


def test_a_misspelt_chapter_or_part_hears_its_neighbor(exercises, monkeypatch):
    monkeypatch.setattr(checker_find, "_chapters", lambda: ["imagined.first-steps", "other.last-words"])
    assert "did you mean imagined.first-steps?" in refusal("imagined.first-step.relu")
    assert "did you mean imagined.first-steps?" in refusal("imagine.first-steps.relu")


@pytest.mark.parametrize("name", ["relu", "", "a.b.c.d", "a..c", "a b.c.d", None, 3])
def test_a_name_that_is_none_hears_the_form(name):
    assert refusal(name).endswith("write part.chapter.exercise, such as 'foundations.backprop.relu'.")


def test_a_missing_package_is_named(exercises, monkeypatch, tmp_path):
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has\n")
    sys.modules["largemodels.imagined.exercises"].__path__ = [str(tmp_path)]
    assert "needs the package 'a_package_that_nobody_has'" in refusal("imagined.needy.relu")


def test_every_exercise_of_the_book_is_found_by_its_name():
    for chapter in checker_find._chapters():
        part, name = chapter.split(".")
        module = checker_find._load(f"largemodels.{part}.exercises.{name.replace('-', '_')}")
        assert checkers_of(module), f"{chapter} has a module of exercises without a checker"
        for exercise, function in checkers_of(module).items():
            assert find_checker(f"{chapter}.{exercise}") is function
