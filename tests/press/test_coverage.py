"""The pages made from all others: right at first, and right again when another page changes."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from sample import CHAPTER, SLOPES, edit, write, write_book
from test_directives import build, page


def rows(root, name="reference/coverage"):
    """Give the table rows of a page as lists of plain cells."""
    found = re.findall(r"<tr>(.*?)</tr>", page(root, name), re.DOTALL)
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in row] for row in cells]


WORDS = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
course: {objectives: [a-2], minutes: 45, requires: [], extra: language}
---
# Words

```{objectives}
```

## Words have neighbors

```{teaches} a-2
```

```{exercise-start} Slopes again
:label: language.words.again
:tests: a-1, a-2
```
Discuss.
```{exercise-end}
```

```{solution-start} language.words.again
```
Because.
```{solution-end}
```
"""


@pytest.fixture(params=[(), ("-j", "2")], ids=["serial", "parallel"])
def options(request):
    return request.param


@pytest.fixture
def book(tmp_path, options):
    write_book(tmp_path)
    build(tmp_path, *options)
    return tmp_path


def add_words(root):
    write(root, "book/language/words.md", WORDS)
    edit(root, "foundations/slopes\n", "foundations/slopes\nlanguage/words\n", "book/index.md")


def test_what_is_taught_and_tested_is_shown(book):
    found = rows(book)
    assert ["Foundations", "2", "2", "2", "1", "1"] in found
    assert ["Language", "1", "0", "0", "1", "0"] in found
    assert ["All parts", "3", "2", "2", "2", "1"] in found
    assert ["Slopes by hand a-1", "explained and executed", "Slopes: A slope is a limit \\(x\\)", "Exercise 1"] in found
    assert ["Words as vectors a-2", "done by the reader", "not yet written", "not yet written"] in found
    html = page(book, "reference/coverage")
    assert 'href="../foundations/slopes.html#foundations.slopes.relu">Exercise 1</a>' in html
    assert 'href="../foundations/slopes.html#a-slope-is-a-limit-x">A slope is a <em>limit</em>' in html


def test_every_header_has_its_scope(book):
    for name in ("reference/coverage", "reference/paths"):
        headers = re.findall(r"<th\b[^>]*>", page(book, name))
        assert headers
        assert all(re.search(r'scope="(col|row|rowgroup)"', header) for header in headers)


def test_the_paths_follow_the_syllabi(book):
    assert ["M1", "Slopes (1½ hours)"] in rows(book, "reference/paths")
    assert ["M2", "not yet written: words"] in rows(book, "reference/paths")
    assert "2 chapters; written so far: 1, about 1½ hours." in page(book, "reference/paths")


def test_a_new_chapter_is_seen_by_all_pages(book, options):
    add_words(book)
    build(book, *options)
    found = rows(book)
    taught = "Slopes: A slope is a limit \\(x\\)"
    assert ["Slopes by hand a-1", "explained and executed", taught, "Exercise 1, Exercise 1 of Words"] in found
    assert ["Words as vectors a-2", "done by the reader", "Words: Words have neighbors", "Exercise 1"] in found
    assert ["M2", "Words (45 minutes)"] in rows(book, "reference/paths")
    # the box of the chapter that requires it now leads there
    assert 'href="../language/words.html"><span class="doc">Words</span>' in page(book, "foundations/slopes")


def test_a_withdrawn_chapter_is_forgotten(book, options):
    add_words(book)
    build(book, *options)
    (book / "book/language/words.md").unlink()
    edit(book, "language/words\n", "", "book/index.md")
    build(book, *options)
    assert ["Words as vectors a-2", "done by the reader", "not yet written", "not yet written"] in rows(book)
    assert "(not yet written)" in page(book, "foundations/slopes")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("## A slope is", "## The slope is", "Slopes: The slope is a limit"),
        ("# Slopes\n", "# Steepness\n", "Steepness: A slope is a limit"),
    ],
)
def test_a_renamed_section_or_chapter_is_shown_anew(tmp_path, old, new, shown):
    write_book(tmp_path)
    build(tmp_path)
    write(tmp_path, SLOPES, CHAPTER.replace(old, new))
    build(tmp_path)
    assert any(shown in cell for row in rows(tmp_path) for cell in row)


def test_an_objective_that_moves_is_shown_anew(tmp_path):
    write_book(tmp_path)
    build(tmp_path)
    edit(tmp_path, "Slopes by hand", "Slopes by foot", "book/syllabus.yml")
    build(tmp_path)
    assert any("Slopes by foot a-1" in row for row in rows(tmp_path))
    assert "Slopes by foot" in page(tmp_path, "foundations/slopes")
