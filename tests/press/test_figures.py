import sys
from pathlib import Path

import pytest

from press.figures import describe, draw_all, drawn_path, find_figures
from press.settings import PressError, read_settings

sys.path.insert(0, str(Path(__file__).parent))
from sample import ARROW, write, write_book


@pytest.fixture
def settings(tmp_path):
    write_book(tmp_path)
    write(tmp_path, "code/largemodels/core/plot.py", "STYLE = 1\n")
    return read_settings(tmp_path)


def draw(settings):
    """Draw; return what is said."""
    said = []
    draw_all(settings, said.append)
    return said


def test_only_what_changed_is_drawn(settings):
    write(settings.root, "figures/foundations/bow.py", ARROW)
    first = ["figures: 1 of 2: figures/foundations/arrow.py", "figures: 2 of 2: figures/foundations/bow.py"]
    assert draw(settings) == first
    assert draw(settings) == []
    write(settings.root, "figures/foundations/bow.py", ARROW.replace("[0, 1]", "[1, 0]"))
    assert draw(settings) == ["figures: 1 of 1: figures/foundations/bow.py"]
    write(settings.root, "code/largemodels/core/plot.py", "STYLE = 2\n")
    assert draw(settings) == first


def test_a_diagram_is_drawn_again_when_a_module_that_it_uses_changes(settings):
    write(settings.root, "code/largemodels/foundations/walk.py", "STEP = 1\n")
    bow = "# a real import would reach the installed package\nUSED = 'largemodels.foundations.walk'\n"
    write(settings.root, "figures/foundations/bow.py", bow + ARROW)
    draw(settings)
    write(settings.root, "code/largemodels/foundations/walk.py", "STEP = 2\n")
    assert draw(settings) == ["figures: 1 of 1: figures/foundations/bow.py"]


def test_a_lost_drawing_is_drawn_again(settings):
    draw(settings)
    [source] = find_figures(settings.root)
    drawn_path(settings, source).unlink()
    assert len(draw(settings)) == 1
    assert drawn_path(settings, source).is_file()


def test_two_drawings_are_identical(settings):
    draw(settings)
    drawn = drawn_path(settings, *find_figures(settings.root))
    first = drawn.read_text("utf-8")
    drawn.unlink()
    draw(settings)
    assert drawn.read_text("utf-8") == first


def test_words_are_put_into_a_drawing(settings):
    draw(settings)
    svg = drawn_path(settings, *find_figures(settings.root)).read_text("utf-8")
    described = describe(svg, 'Loss < 1 & "falls"')
    assert 'aria-label="Loss &lt; 1 &amp; &quot;falls&quot;"' in described
    assert described.startswith("<svg ")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def draw():\n    return 3\n", "`draw()` returned int, not a matplotlib Figure"),
        ("import nowhere\n", "arrow.py:1 cannot be drawn: ModuleNotFoundError: No module named 'nowhere'"),
        ("def draw(:\n", "arrow.py:1 cannot be drawn: SyntaxError"),
        ("x = 1\n", "there is no function `draw() -> Figure` in it"),
    ],
)
def test_a_failure_names_the_diagram_each_time_and_spares_the_others(settings, code, sentence):
    write(settings.root, "figures/foundations/arrow.py", code)
    write(settings.root, "figures/foundations/bow.py", ARROW)
    for _ in range(2):
        with pytest.raises(PressError) as told:
            draw(settings)
        assert sentence in str(told.value)
        assert str(told.value).startswith("figures/foundations/arrow.py")
    assert drawn_path(settings, settings.root / "figures/foundations/bow.py").is_file()
