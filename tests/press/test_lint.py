"""Each rule: the good sample passes, and one mistake gives one sentence with its line."""

import sys
from pathlib import Path

import pytest

from press.lint import lint, require_clean
from press.settings import PressError

sys.path.insert(0, str(Path(__file__).parent))
from sample import CHAPTER, SLOPES, edit, write, write_book


@pytest.fixture
def book(tmp_path):
    return write_book(tmp_path)


def line_of(root, text):
    """Number of the line of the chapter that begins with the text."""
    lines = (root / SLOPES).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(text))


def test_the_sample_is_clean(book):
    assert lint(book) == []
    assert require_clean(book) == "5 pages checked"


def add(root, text):
    """Append text to the chapter; return the line where it begins."""
    path = root / SLOPES
    before = path.read_text("utf-8")
    path.write_text(before + text, "utf-8")
    return before.count("\n") + 1


FRONT = [
    ("minutes: 90", "minutes: soon", "minutes", "`minutes` of `course` is 'soon'; write a whole number"),
    ("minutes: 90", "minutes: 0", "minutes", "more than zero"),
    ("minutes: 90", "minuts: 90", "course", "the `course` key 'minuts' is unknown; use"),
    ("minutes: 90\n", "\n", "course", "does not state `minutes`"),
    ("data: []", "data: [mnist]", "data", "`data` names 'mnist', which is not in code/largemodels/core/store.toml"),
    ("data: []", "data: mnist-5k", "data", "write a list"),
    ("extra: foundations", "extra: foundation", "extra", "use foundations, language"),
    ("requires: [language/words]", "requires: [words]", "requires", "'words', which is no chapter"),
    ("requires: [language/words]", "requires: [language/words, language/words]", "requires", "twice"),
    ("kernelspec: {name: python3, display_name: Python 3}\n", "", "-", "the notebook has no kernel; add"),
    ("course:\n", "mystnb: {execution_timeot: 3}\ncourse:\n", "mystnb", "'execution_timeot' is unknown"),
]


@pytest.mark.parametrize(("old", "new", "key", "sentence"), FRONT)
def test_front_matter(book, old, new, key, sentence):
    edit(book, old, new)
    [problem] = [each for each in lint(book) if sentence in each.text]
    lines = (book / SLOPES).read_text("utf-8").splitlines()
    assert str(problem).startswith(f"{SLOPES}:{problem.line}: ")
    assert lines[problem.line - 1].strip().startswith(key)


def test_a_notebook_without_course_is_found(book):
    write(book, "book/extra.md", "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# Extra\n")
    [problem] = lint(book)
    assert "no `course` block; add one with objectives" in problem.text


def test_cells_outside_a_notebook_are_found(book):
    write(book, "book/extra.md", "# Extra\n\n```{code-cell}\n1\n```\n")
    [problem] = lint(book)
    assert "add `file_format: mystnb`" in problem.text


def cell(options, code="x = 1"):
    return f"\n```{{code-cell}} ipython3\n{options}\n{code}\n```\n"


LONG = "\n".join(f"x{number} = {number}  # fifteen are too many\n\n# why" for number in range(16))
CELLS = [
    (cell(":tags: [hide-imput]"), "the cell tag 'hide-imput' is unknown; use change-me"),
    (cell(":tag: [setup]"), "the cell option 'tag' is unknown; use mystnb, tags"),
    (cell("---\nmystnb: {figur: {name: a}}\n---"), "`mystnb` option 'figur' is unknown; use"),
    (cell("---\nmystnb: {figure: {nme: a}}\n---"), "`figure` option 'nme' is unknown; use"),
    (cell("---\nmystnb: figure\n---"), "`mystnb` of the cell must hold"),
    (cell("", LONG), "the cell has 16 lines of code, 15 at most"),
    (cell("", "show(fig)"), "`show` has no description; add alt="),
    (cell("", '%time\nshow(fig, alt=" ")'), "`show` has no description"),
    (cell("", "x = 1  # TODO: more"), "a TODO is left in the cell"),
]


@pytest.mark.parametrize(("text", "sentence"), CELLS)
def test_cells(book, text, sentence):
    line = add(book, text) + 1
    [problem] = lint(book)
    assert sentence in problem.text
    assert problem.line == line


@pytest.mark.parametrize(
    "text",
    [
        cell("", "\n".join(f"x{number} = {number}" for number in range(15)) + "\n\n# and why"),
        cell("", "plt.show()"),
        cell("", 'show(fig, "It falls.")'),
        cell("---\nmystnb:\n  figure: {name: a, caption: It falls.}\n---"),
        cell(":tags: [measured, hide-input]", "%%time\nx = 1"),
    ],
)
def test_good_cells(book, text):
    add(book, text)
    assert lint(book) == []


PROSE = [
    ("\nThis simply works.\n", "'simply'"),
    ("\n- a\n- Obviously so.\n", "'Obviously'"),
    ("\nIt works!\n", "exclamation marks"),
    ("\nIt *works*!\n", "exclamation marks"),
    ("\n:::{note}\nIt works!\n:::\n", "exclamation marks"),
    ("\nTODO write this.\n", "a TODO is left"),
    ("\nIt costs $5 and $6 here.\n", "`$5 and $` is read as mathematics; write \\$"),
    ("\nIt costs $5/hour or US$7 here.\n", "is read as mathematics"),
    ("\nAs {cite:p}`known2020,unknown2021` show.\n", "the citation 'unknown2021' is not in book/references.bib"),
    ("\n#### Deep\n", "the heading 'Deep' skips a level; use ### here"),
    ("\n# Again\n", "a second title 'Again'; use ## here"),
    ("\n![](a.png)\n", "the picture has no alt text"),
    ('\n<img src="a.png">\n', "`<img>` has no alt text"),
    ("\n```{figure} a.png\n:name: a\n\nA caption.\n```\n", "`{figure} a.png` has no alt text; add `:alt:`"),
    ("\n```{image} a.png\n```\n", "`{image} a.png` has no alt text"),
    ("\n```{diagram} foundations/arrow\n:alt:\n```\n", "`{diagram} foundations/arrow` has no alt text"),
]


@pytest.mark.parametrize(("text", "sentence"), PROSE)
def test_prose(book, text, sentence):
    line = add(book, text) + 1
    [problem] = lint(book)
    assert sentence in problem.text
    assert line <= problem.line <= line + 1


def test_a_caption_is_prose(book):
    add(book, cell("---\nmystnb: {figure: {name: a, caption: It simply falls.}}\n---"))
    assert "'simply'" in lint(book)[0].text


@pytest.mark.parametrize(
    "text",
    [
        "\nBoth $x$ and $5$ and $2x + 3$, $5 \\text{ if sure}$, \\$5 and \\$6.\n",
        "\n$10^{-3}$ to $3\\,\\mathrm{GB}$ and $3 \\times 10^{2}$, so $x!$ and 5! ways.\n",
        "\nRun `!pip` or `simply`, see {cite:t}`known2020`.\n",
        "\n$$ x + x! $$\n",
        "\n% TODO: a comment of the source\n",
        "\n### One level down\n\n## And up\n",
        "\n![A cat sleeps.](a.png)\n",
        '\n<img src="a.png" alt="">\n',
        "\n```python\nprint('simply!')  # TODO\n```\n",
    ],
)
def test_good_prose(book, text):
    add(book, text)
    assert lint(book) == []


def test_several_problems_are_all_told(book):
    add(book, "\nThis simply works!\n")
    with pytest.raises(PressError, match=r"2 problems in the book's sources:\nbook/foundations/slopes.md:\d+: "):
        require_clean(book)


def test_broken_front_matter_is_told(book):
    write(book, SLOPES, CHAPTER.replace("minutes: 90", "minutes: [90"))
    with pytest.raises(PressError, match="the front matter is not valid YAML"):
        lint(book)
