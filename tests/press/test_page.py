"""The reader's page without a browser: equations, described pictures, mended HTML."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

from press.page import described, equations, html, theme_css
from press.page.browser import MISSING, find_browser
from press.settings import PressError


def page(*content):
    document = new_document("chapter.md")
    document += list(content)
    return document


def app():
    env = SimpleNamespace(docname="book/chapter", doc2path=lambda name: f"{name}.md")
    return SimpleNamespace(env=env, config=SimpleNamespace(tex_macros={r"\loss": r"\mathcal{L}"}))


def test_equations_are_rendered_with_the_macros_of_the_book():
    with_macro, without = equations.render([(r"\loss", False), (r"\mathcal{L}", True)], {r"\loss": r"\mathcal{L}"})
    assert "<math" in with_macro and "katex-html" in with_macro
    assert "katex-display" in without and "katex-display" not in with_macro


def test_a_definition_in_one_formula_does_not_reach_the_next():
    with pytest.raises(equations.BadTeX, match="mine"):
        equations.render([(r"\gdef\mine{x}\mine", False), (r"\mine", False)], {})


def test_bad_tex_names_the_page_and_every_formula():
    formulas = [nodes.math("", r"\frac{1}{"), nodes.math("", "x"), nodes.math_block("", r"\nosuchthing")]
    with pytest.raises(ExtensionError) as caught:
        equations.render_page(app(), page(nodes.paragraph("", "", *formulas[:2]), formulas[2]))
    assert all(words in str(caught.value) for words in ("book/chapter", r"\\frac{1}{", r"\\nosuchthing"))


def test_rendered_equations_stay_in_the_tree():
    formula = nodes.math("", r"\loss")
    equations.render_page(app(), page(nodes.paragraph("", "", formula)))
    assert formula[equations.HTML].startswith('<span class="katex">')


DIGEST = "5f2b" * 16


@pytest.mark.parametrize(
    "picture, words",
    [
        (nodes.image(uri="book/pic.png"), "pic.png has no description"),
        (nodes.image(uri="book/pic.png", alt="pic.png"), "pic.png has no description"),
        (nodes.image(uri=f"_build/{DIGEST}.png", alt=f"_build/{DIGEST}.png"), r"show\(fig, alt=…\)"),
        (nodes.raw("", "<div><svg><path d=''/></svg></div>", format="html"), r"show\(fig, alt=…\)"),
        (nodes.raw("", '<svg role="img" aria-label=" "></svg>', format="html"), r"show\(fig, alt=…\)"),
        (nodes.raw("", '<p><img src="a/b.png"></p>', format="html"), "b.png has no description"),
    ],
)
def test_a_picture_without_words_stops_the_build(picture, words):
    with pytest.raises(ExtensionError, match=f"book/chapter.md.*{words}"):
        described.require_descriptions(app(), page(picture))


def test_the_code_cell_of_a_picture_without_words_is_named():
    cells = [nodes.container("", nodes.paragraph("", "x"), nb_element="cell_code") for _ in range(3)]
    cells[1] += nodes.image(uri=f"{DIGEST}.svg", alt=DIGEST)
    with pytest.raises(ExtensionError, match="code cell 2"):
        described.require_descriptions(app(), page(*cells))


@pytest.mark.parametrize(
    "picture",
    [
        nodes.image(uri="pic.png", alt="The loss falls."),
        nodes.raw("", '<svg role="img" aria-label="It falls."><svg></svg></svg>', format="html"),
        nodes.raw("", '<svg aria-hidden="true"></svg><img src="x.png" role="presentation" alt="">', format="html"),
        nodes.raw("", "<svg></svg>", format="latex"),
    ],
)
def test_described_and_decorative_pictures_pass(picture):
    described.require_descriptions(app(), page(picture))


def test_pages_lose_the_scripts_that_only_the_search_needs():
    head = (
        '<head><script src="../_static/searchtools.js"></script>\n<script src="../searchindex.js?v=1"></script></head>'
    )
    assert html.mend(head, "page.html") == "<head></head>"
    assert html.mend(head, "search.html") == head


def test_viewport_is_told_once():
    once = '<meta name="viewport" content="width=device-width" />'
    assert html.mend(f"{once}<title>x</title>{once}</head>", "page.html") == f"{once}<title>x</title></head>"


def test_marks_without_a_color_of_their_own_are_dropped():
    line = '<span class="n">a</span><span class="w"> </span><span class="o">=</span><span class="p">(</span>'
    assert html.mend(line, "page.html") == 'a <span class="o">=</span>('


def test_without_a_browser_the_reader_is_told_how_to_get_one(monkeypatch):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setattr("press.page.browser.shutil.which", lambda name: None)
    monkeypatch.setattr("press.page.browser.PLACES", ())
    with pytest.raises(PressError) as caught:
        find_browser()
    assert str(caught.value) == MISSING and "apt-get install chromium" in MISSING


def test_slim_theme_keeps_what_pages_use():
    css = theme_css.slim(
        '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-yeti:before{content:"\\f001"}'
        "@media print{.carousel-item,.carousel .x{top:0}.btn{top:1px}}.toast,.btn{top:2px}"
    )
    assert ".fa-bars" in css and ".fa-yeti" not in css
    assert css.endswith("@media print{.btn{top:1px}}.toast,.btn{top:2px}")


def test_slim_theme_is_smaller_by_a_quarter():
    whole = theme_css.SOURCE.read_text("utf-8")
    assert len(theme_css.slim(whole)) < 0.75 * len(whole)
