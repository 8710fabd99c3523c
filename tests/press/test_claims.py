"""What a chapter claims must hold: one mistake, one sentence, at its line."""

import sys
from pathlib import Path

import pytest

from press.lint import lint

sys.path.insert(0, str(Path(__file__).parent))
from sample import CHAPTER, SLOPES, edit, write, write_book

RELU = "foundations.slopes.relu"
STARTER = CHAPTER[
    CHAPTER.index("```{code-cell} ipython3\n:tags: [starter]") : CHAPTER.index(
        "```{code-cell} ipython3\n:tags: [checker]"
    )
]
CHECKER = CHAPTER[
    CHAPTER.index("```{code-cell} ipython3\n:tags: [checker]") : CHAPTER.index("```{solution-start} " + RELU)
]
SOLUTION = CHAPTER[CHAPTER.index("```{solution-start} " + RELU) : CHAPTER.index("```{exercise-start} Who")]
WHO_SOLUTION = CHAPTER[CHAPTER.index("```{solution-start} foundations.slopes.who") :]

MISTAKES = [
    # what a chapter claims
    ("[a-1, b-1]", "[a-1, b-1, a-9]", "objectives:", "objective 'a-9' is not in book/syllabus.yml"),
    ("[a-1, b-1]", "[a-1, b-1, a-2]", "objectives:", "objective 'a-2' belongs to language/words"),
    (
        "{teaches} a-1 b-1",
        "{teaches} a-1",
        "objectives:",
        "claims 'b-1' and no section carries it; write `{teaches} b-1`",
    ),
    ("[a-1, b-1]", "[a-1]", "```{teaches}", "carries 'b-1', which the chapter does not claim; add it"),
    (
        "{teaches} a-1 b-1",
        "{teaches} a-1 b-1 a-7",
        "```{teaches}",
        "the objective 'a-7', which is not in book/syllabus.yml",
    ),
    ("```{objectives}\n```\n", "", "---", "no objectives box; write `{objectives}`"),
    # exercises
    (
        f":label: {RELU}",
        ":label: relu",
        "```{exercise-start} The",
        "`:label:` is 'relu'; write foundations.slopes.name",
    ),
    (":tests: a-1", ":tests: a-8", "```{exercise-start} The", "tests 'a-8', which is not in book/syllabus.yml"),
    (":tests: b-1\n", "", "```{exercise-start} Who", "does not say what it tests; add `:tests:`"),
    ("Discuss.\n```{exercise-end}\n```", "Discuss.", "```{exercise-start} Who", "has no end; add `{exercise-end}`"),
    (STARTER, "", "```{exercise-start} The", "has no starter; add a code cell with the tag `starter`"),
    (CHECKER, "", "```{exercise-start} The", "has no checker; add a code cell with the tag `checker`"),
    (SOLUTION, "", "```{exercise-start} The", f"has no solution; add `{{solution-start}} {RELU}` after its checker"),
    (WHO_SOLUTION, "", "```{exercise-start} Who", "has no solution; add"),
    ("assert check(", "check(", f"```{{solution-start}} {RELU}", f'end it with `assert check("{RELU}", ...)`'),
    (":tags: [solution]\n", "", "def relu_grad(x):", "without the tag `solution`; add the tag"),
    (
        STARTER + CHECKER,
        CHECKER + STARTER,
        "```{exercise-start} The",
        "out of order; put task, starter, checker, solution",
    ),
    (f'\ncheck("{RELU}"', '\ncheck("foundations.slopes.tanh"', "```{code-cell}", "does not check this exercise; write"),
    (
        "assert check(",
        'check("foundations.slopes.who", 1)\nassert check(',
        "```{code-cell}",
        "checks 'foundations.slopes.who'",
    ),
    (
        "{solution-start} foundations.slopes.who",
        "{solution-start} foundations.slopes.whom",
        "```{solution-start}",
        "no exercise above it",
    ),
    ("[starter]\ndef", "[solution]\ndef", "```{code-cell}", "has the tag `solution` and belongs to no exercise"),
    (":label: foundations.slopes.who", f":label: {RELU}", "```{exercise-start} Who", "stands for two exercises"),
]


@pytest.mark.parametrize(("old", "new", "start", "sentence"), MISTAKES)
def test_a_mistake_is_found_at_its_line(tmp_path, old, new, start, sentence):
    write_book(tmp_path)
    edit(tmp_path, old, new)
    found = [problem for problem in lint(tmp_path) if sentence in problem.text]
    assert len(found) == 1, lint(tmp_path)
    lines = (tmp_path / SLOPES).read_text("utf-8").splitlines()
    place = found[0].line - 1
    assert any(line.strip().startswith(start) for line in lines[place : place + 2])


def test_a_code_exercise_needs_its_checker_function(tmp_path):
    write_book(tmp_path)
    write(tmp_path, "code/largemodels/foundations/exercises/slopes.py", "def tanh(answer, rng): ...\n")
    [problem] = lint(tmp_path)
    assert problem.text == (
        "exercise 'foundations.slopes.relu' has no checker; "
        "write the function `relu` in code/largemodels/foundations/exercises/slopes.py"
    )


def test_an_open_question_with_a_checker_function_is_a_code_exercise(tmp_path):
    write_book(tmp_path)
    path = tmp_path / "code/largemodels/foundations/exercises/slopes.py"
    path.write_text(path.read_text("utf-8") + "\n\ndef who(answer, rng): ...\n", "utf-8")
    texts = [problem.text for problem in lint(tmp_path)]
    assert any("'foundations.slopes.who' has no starter" in text for text in texts)


def test_dashes_of_a_chapter_become_underscores_of_its_module(tmp_path):
    write_book(tmp_path)
    text = CHAPTER.replace("foundations.slopes.", "foundations.steep-slopes.")
    (tmp_path / SLOPES).unlink()
    write(tmp_path, "book/foundations/steep-slopes.md", text)
    edit(tmp_path, 'foundations/slopes, text: "Slopes', 'foundations/steep-slopes, text: "Slopes', "book/syllabus.yml")
    edit(tmp_path, 'foundations/slopes, text: "Why', 'foundations/steep-slopes, text: "Why', "book/syllabus.yml")
    [problem] = lint(tmp_path)
    assert "code/largemodels/foundations/exercises/steep_slopes.py" in problem.text


def test_the_objectives_box_needs_a_course(tmp_path):
    write_book(tmp_path)
    write(tmp_path, "book/page.md", "# Page\n\n```{objectives}\n```\n")
    [problem] = lint(tmp_path)
    assert (problem.line, "no `course` block" in problem.text) == (3, True)
