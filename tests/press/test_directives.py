"""The directives in real builds of a small book."""

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from unittest import mock

import pytest
from sphinx.cmd.build import main

from press.directives.listing import find_excerpt
from press.directives.objectives import duration
from press.settings import PressError

sys.path.insert(0, str(Path(__file__).parent))
from sample import SLOPES, edit, write, write_book


def build(root, *options, fails=False):
    """Build the book as `sphinx-build -W -n` does; return what it says."""
    said = io.StringIO()
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    command = ["-W", "-n", "-N", "--keep-going", *options, str(root), str(root / "_build/html")]
    with (
        mock.patch.dict(os.environ, outside, clear=True),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        code = main(command)
    assert (code != 0) == fails, said.getvalue()
    return said.getvalue()


def page(root, name):
    return (root / "_build/html" / f"book/{name}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = write_book(tmp_path_factory.mktemp("book"))
    build(root)
    return root


def test_the_box_lists_what_the_front_matter_claims(built):
    html = page(built, "foundations/slopes")
    assert '<a class="reference internal" href="#teaches-a-1">Slopes by hand</a>' in html
    assert 'id="teaches-a-1"' in html
    assert "about 1½ hours of reading and doing" in html
    assert "(not yet written)" in html
    assert "largemodels[foundations]" in html


def test_a_listing_shows_the_source_and_leads_to_its_lines(built):
    html = page(built, "foundations/slopes")
    assert "your--account/sample/blob/main/code/largemodels/foundations/engine.py#L9-L12" in html
    assert ", lines 9–12" in html
    assert "Go back." in html
    assert 'id="backward"' in html


def test_exercises_are_numbered_and_solutions_named_after_them(built):
    html = page(built, "foundations/slopes")
    titles = re.findall(r'<p class="admonition-title">(.*?)</p>', html)
    assert titles == [
        "What you will learn",
        "Exercise 1: The slope of a ReLU",
        "Solution to Exercise 1",
        "Exercise 2: Who needs it",
        "Solution to Exercise 2",
    ]
    assert html.count('class="solution dropdown admonition"') == 2
    assert 'href="#foundations.slopes.relu"><span class="std std-ref">Exercise 1</span>' in html


def test_no_id_stands_twice(built):
    for name in ("foundations/slopes", "reference/coverage", "reference/paths"):
        ids = re.findall(r'\sid="([^"]+)"', page(built, name))
        assert len(ids) == len(set(ids)), sorted(ids)


def test_a_diagram_stands_in_the_page_with_its_words(built):
    html = page(built, "foundations/slopes")
    assert 'aria-label="An arrow leads from the input to the slope."' in html
    assert '<figure class="diagram' in html
    assert "var(--lm-ink, " in html
    assert '<span class="caption-text">An arrow, see' in html


def test_a_diagram_may_stand_twice_and_without_a_name_or_a_caption(tmp_path):
    write_book(tmp_path)
    plain = "```{diagram} foundations/arrow\n:alt: An arrow leads on.\n"
    edit(tmp_path, "## A slope", f"{plain}```\n\n{plain}\nFirst.\n```\n\n{plain}\nSecond.\n```\n\n## A slope")
    build(tmp_path)
    numbers = re.findall(r'<span class="caption-number">(Fig\. \d) </span>', page(tmp_path, "foundations/slopes"))
    assert numbers == ["Fig. 1", "Fig. 2", "Fig. 3"]


def test_durations_are_said_as_people_do():
    assert [duration(minutes) for minutes in (45, 60, 90, 130, 600)] == [
        "45 minutes",
        "1 hour",
        "1½ hours",
        "2¼ hours",
        "10 hours",
    ]


MISTAKES = [
    ("{teaches} a-1 b-1", "{teaches} a-1", r"slopes\.md:5: the chapter claims 'b-1' and no section carries it"),
    ("engine.Value.backward", "engine.Value.forward", r"slopes\.md:\d+: there is no 'Value.forward' in largemodels/"),
    ("foundations.engine.Value.backward", "nowhere.Value", r"there is no 'nowhere.Value' in largemodels/__init__"),
    ("largemodels.foundations.engine.Value.backward", "nowhere", r"there is no module for 'nowhere' in code/"),
    (
        "{diagram} foundations/arrow",
        "{diagram} foundations/arrows",
        r"slopes\.md:\d+: there is no diagram 'foundations/arrows'",
    ),
    (":alt: An arrow leads from the input to the slope.\n", "", r"slopes\.md:\d+: the diagram has no alt text"),
    ("## A slope", "{nonsense}`x`\n\n## A slope", "nonsense"),
    ("## A slope", "```{nonsense}\n```\n\n## A slope", "nonsense"),
    (":tests: a-1\n", ":tests: a-1\n:test: a-1\n", "test"),
    (":name: fig-arrow", ":nme: fig-arrow", "nme"),
    ("## A slope", "{ref}`nowhere`\n\n## A slope", "nowhere"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES)
def test_a_mistake_fails_the_build(tmp_path, old, new, sentence):
    write_book(tmp_path)
    if "largemodels/__init__" in sentence:
        write(tmp_path, "code/largemodels/__init__.py", "")
    edit(tmp_path, old, new)
    said = build(tmp_path, fails=True)
    assert re.search(sentence, said)
    assert "Traceback" not in said


def test_a_false_claim_fails_every_time(tmp_path):
    write_book(tmp_path)
    build(tmp_path)
    edit(tmp_path, "{teaches} a-1 b-1", "{teaches} a-1")
    for _ in range(2):
        assert "The book cannot be built" in build(tmp_path, fails=True)


def test_a_diagram_that_cannot_be_drawn_fails_the_build(tmp_path):
    write_book(tmp_path)
    write(tmp_path, "figures/foundations/arrow.py", "def draw():\n    return 1 / 0\n")
    said = build(tmp_path, fails=True)
    assert "figures/foundations/arrow.py:2 cannot be drawn: ZeroDivisionError: division by zero" in said


def test_an_edited_module_or_diagram_is_read_again(tmp_path):
    write_book(tmp_path)
    build(tmp_path)
    edit(tmp_path, "Go back.", "Go home.", "code/largemodels/foundations/engine.py")
    edit(tmp_path, "[0, 1]", "[0, 7, 2]", "figures/foundations/arrow.py")
    before = page(tmp_path, "foundations/slopes")
    said = build(tmp_path)
    assert "1 changed" in said
    after = page(tmp_path, "foundations/slopes")
    assert "Go home." in after
    assert re.findall(r"<path d=\S+ [^>]*", before) != re.findall(r"<path d=\S+ [^>]*", after)
    assert "no targets are out of date" in build(tmp_path)


@pytest.fixture
def code(tmp_path):
    write_book(tmp_path)
    return tmp_path / "code"


def test_an_excerpt_is_a_module_a_class_a_function_or_a_method(code):
    module = "largemodels.foundations.engine"
    found = {name: find_excerpt(code, name) for name in (module, f"{module}.Value", f"{module}.relu")}
    assert [(each.first, each.last) for each in found.values()] == [(1, 16), (6, 12), (15, 16)]
    method = find_excerpt(code, f"{module}.Value.backward")
    assert method.text.startswith("@functools.cache\ndef backward(self):")
    with pytest.raises(PressError, match="there is no 'Valu'"):
        find_excerpt(code, f"{module}.Valu")


def test_prose_edits_read_only_their_page(built):
    edit(built, "Discuss.", "Discuss it.", SLOPES)
    said = build(built)
    assert "1 changed" in said
    assert "reference/coverage" not in said
