"""The notation table: the symbols of formulas are read right, each use has one meaning, each meaning a use."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.lint import lint
from press.notation import read_notation
from press.settings import PressError, read_settings
from press.symbols import symbols, undecorated

sys.path.insert(0, str(Path(__file__).parent))
from sample import NOTATION, SLOPES, edit, write, write_book
from test_coverage import rows
from test_directives import build, page

TABLE = "book/notation.yml"
MACROS = {r"\pd": r"\frac{\partial #1}{\partial #2}", r"\mat": r"\mathbf{#1}", r"\R": r"\mathbb{R}", r"\q": "q"}


def flat(found):
    """Name all symbols, those of subscripts after the letter that carries them."""
    return [name for each in found for name in (each.base, *flat(each.inside))]


@pytest.mark.parametrize(
    ("tex", "names"),
    [
        (r"s_k = \sum_j x_j W_{jk} + b_k", "s k j x j W j k b k"),
        (r"p_{i, y_i}", "p i y i"),
        (r"\varepsilon s / h \approx 10^{-16}", r"\varepsilon s h"),
        (r"\alpha\beta x", r"\alpha \beta x"),
        (r"\hat{y} - \hat y + \bar{\theta}_k", r"\hat{y} \hat{y} \bar{\theta} k"),
        (r"\hat{y_i} + \widehat{\mathbf{w}}^t", r"\hat{y} i \widehat{\mathbf{w}} t"),
        (r"\hat{x + y}", "x y"),
        (r"\overline{x^2 + 1}", "x"),
        (r"x' + x^\prime_i + x_i'", "x' x' i x' i"),
        (r"x^{(l)} y^T", "x l y T"),
        (r"c_\text{miss} + c_{\mathrm{alarm}}", "c c"),
        (r"\log p + \tanh(u) + \operatorname{relu}(v) + \operatorname*{arg\,max}_k", "p u v k"),
        (r"\mathit{loss} \mathrm{d}x \mathbf{x} \mathbb{E}", r"x \mathbf{x} \mathbb{E}"),
        (r"\pd{L}{w} \pd L\theta \mat{W} \R^n \q", r"L w L \theta \mathbf{W} n"),
        (r"\begin{align} a &= b \\[2pt] c \end{align}", "a b c"),
        (r"\begin{array}[t]{rl} a & b \end{array}\mkern-3mu\hspace{1em}", "a b"),
        (r"\text{if $x > 0$, or} \sqrt[n]{2} \left\{ z \right\}", "x n z"),
        ("x % a comment\n+ y", "x y"),
        (r"1.5 \times 10^{-3} \infty \nabla \partial", ""),
    ],
)
def test_the_symbols_of_a_formula(tex, names):
    assert flat(symbols(tex, MACROS)) == names.split()


@pytest.mark.parametrize(("one", "other"), [("d_k", "d_{ k }"), (r"c_\text{a}", r"c _ {\text{a}}"), ("x'_i", "x_i'")])
def test_a_symbol_has_one_name_however_it_is_typed(one, other):
    assert [each.name for each in symbols(one, {})] == [each.name for each in symbols(other, {})]


@pytest.mark.parametrize(
    ("name", "letter"), [(r"\hat{\mathbf{y}}", "y"), (r"\bar{\theta}", "theta"), (r"\ell", "ell"), ("d_{k}", "d_k")]
)
def test_a_symbol_is_sorted_by_its_letter(name, letter):
    assert undecorated(name) == letter


@pytest.mark.parametrize(("tex", "fault"), [("x_", "`_` lacks an argument"), (r"\hat{y", "never closed")])
def test_broken_tex_is_refused(tex, fault):
    with pytest.raises(ValueError, match=fault):
        symbols(tex, {})


LETTERS = st.sampled_from(["x", "W", "é", r"\theta", r"\ell"])
NOTHING = st.sampled_from([" ", " + 2.5", r"\,", r" \log ", r" \text{or} ", r"\left(", r"\frac12", "\n", r" \R "])


@st.composite
def typed(draw):
    """Type a letter with decorations and an index; give the TeX and the names that stand in it."""
    name = draw(LETTERS)
    tex = name
    for accent in draw(st.lists(st.sampled_from([r"\hat", r"\bar", r"\mathbf"]), max_size=2)):
        plain = draw(st.booleans()) and tex == name
        name, tex = f"{accent}{{{name}}}", f"{accent} {tex}" if plain else f"{accent}{{ {tex} }}"
    index = draw(st.none() | LETTERS)
    if index:
        tex += draw(st.sampled_from(["_", "_ ", "^"])) + draw(
            st.sampled_from([index, f"{{{index}}}", f"{{ {index} }}"])
        )
    return tex, [name, *([index] if index else [])]


@given(st.lists(st.tuples(typed(), NOTHING), max_size=6))
def test_whatever_is_typed_is_found(parts):
    tex = "".join(f"{letter} {between} " for (letter, _), between in parts)
    assert flat(symbols(tex, MACROS)) == [name for (_, names), _ in parts for name in names]


@given(st.lists(st.sampled_from([*"x_^{}'$%&[] ", r"\hat", r"\text", r"\begin", r"\pd", r"\\", "\\"])).map("".join))
def test_any_text_is_read_or_refused(tex):
    try:
        found = symbols(tex, MACROS)
    except ValueError:
        return
    assert len(flat(found)) <= sum(map(str.isalpha, tex))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{tex: x}", "must be a list of symbols"),
        ("- {tex: [", "is not valid YAML"),
        ("- {tex: x, means: a thing}", ":1: a symbol must have the keys tex, means, scope"),
        ("- {tex: x, means: a, scope: book, shap: b}", "may have shape and code"),
        ("# a comment\n- {tex: 1, means: a, scope: book}", ":2: `tex` is 1; write text between single quotes"),
        ("- {tex: x, means: ' ', scope: book}", "`means` is ' '"),
        ("- {tex: x, means: a, scope: []}", r"`scope` is \[\]; write `book`, or a list of chapters"),
        ("- {tex: x, means: a, scope: [book, a/b]}", "`scope` is"),
        (r"- {tex: '\log', means: a, scope: book}", r"`\\log` is no symbol; operators and words need no entry"),
        ("- {tex: 'x, y', means: a, scope: book}", "`x, y` holds several symbols; give each an entry"),
        (r"- {tex: '\hat{x', means: a, scope: book}", "`tex` cannot be read: a brace"),
    ],
)
def test_a_malformed_table_is_told(tmp_path, text, sentence):
    path = tmp_path / "notation.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(PressError, match=sentence):
        read_notation(path, {})


@pytest.fixture
def book(tmp_path):
    return write_book(tmp_path)


def table(root, *entries):
    """Write the table: the sample's own entry on line 1, then these."""
    write(root, TABLE, NOTATION + "".join(f"- {{{entry}}}\n" for entry in entries))


def problems(root):
    return [str(problem) for problem in lint(root)]


def entry(tex, scope, means="a thing"):
    return f"tex: '{tex}', means: {means}, scope: {scope}"


HERE = "[foundations/slopes]"
FORMULAS = [
    ("Half the inputs", "Half the $q$", 0),
    ("Write it.", "Write {math}`q`.", 0),
    ("It is a step.", "It is\na step, $x,\nx$, $q$.", 2),
    ("Discuss.", "Discuss\n\n$$\nx = q\n$$", 2),
    ("Discuss.", "Discuss\n\n\\begin{align}\nx &= q\n\\end{align}", 2),
    ("Discuss.", "Discuss\n\n:::{math}\n:label: a\nq\n:::", 2),
    ("Discuss.", "| a | b |\n|---|---|\n| 1 | $q$ |", 2),
    ("} The slope of a ReLU", "} The slope of $q$", 0),
    (
        "```{code-cell} ipython3\nshow",
        "```{code-cell} ipython3\n---\nmystnb: {figure: {caption: On $q$}}\n---\nshow",
        0,
    ),
    ("An arrow, see", "An arrow to $q$, see", 0),
]


@pytest.mark.parametrize(("old", "new", "offset"), FORMULAS)
def test_an_unknown_symbol_is_found_wherever_it_stands(book, old, new, offset):
    before = (book / SLOPES).read_text("utf-8")
    line = before[: before.index(old)].count("\n") + 1 + offset
    edit(book, old, new)
    [problem] = problems(book)
    assert problem.startswith(
        f"{SLOPES}:{line}: the symbol `q` is not in {TABLE}; give it an entry there with the scope `f"
    )
    table(book, entry("q", HERE))
    assert problems(book) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def relu_grad(x):\n    return", 'def relu_grad(x):\n    """Give $q$."""\n    return'),
        ("Discuss.", "Discuss `$q$` and \\$q and \\$r."),
        ("Discuss.", "Discuss.\n\n% $q$"),
        ("Discuss.", r"Discuss $\log x_1^{2} + \text{quick} + \mathrm{q}$."),
    ],
)
def test_code_comments_and_words_are_no_symbols(book, old, new):
    edit(book, old, new)
    assert problems(book) == []


def test_a_symbol_is_told_once_a_chapter_with_its_meanings_elsewhere(book):
    edit(book, "It is a step.", "It is $q + q_x$, and $q$.")
    edit(book, "Discuss.", "Discuss $q$.")
    table(book, entry("q", "[foundations/slopes#foundations.slopes.who]"))
    [problem] = problems(book)
    assert f"no meaning here in {TABLE}; add `foundations/slopes` to the scope of the meaning that fits" in problem
    assert "('a thing' in line 2), or give it an entry of its own" in problem


def test_broken_tex_in_a_chapter_is_told(book):
    edit(book, "Discuss.", r"Discuss $\hat{x$.")
    assert "the formula cannot be read, '\\\\hat{x': a brace" in problems(book)[0]


def test_a_macro_of_the_book_is_written_out(book):
    config = (book / "_config.yml").read_text("utf-8")
    write(book, "_config.yml", config + "sphinx: {config: {tex_macros: {'\\pd': '\\frac{#1}{#2}', '\\R': 'R'}}}\n")
    assert read_settings(book).tex_macros[r"\R"] == "R"
    edit(book, "Discuss.", r"Discuss $\pd{q}{x} \in \R$.")
    table(book, entry("q", HERE))
    assert problems(book) == []


def test_a_letter_with_its_subscript_can_be_one_symbol(book):
    edit(book, "Discuss.", "Discuss $d_{k} + d_x$.")
    table(book, entry("d_k", HERE), entry("d", HERE))
    assert problems(book) == []
    edit(book, "$d_{k} + d_x$", "$d_{k}$")
    assert problems(book) == [
        f"{TABLE}:3: `d`: foundations/slopes does not use it in this meaning; drop that from its scope"
    ]


@pytest.mark.parametrize("scope", ["book", HERE, "[foundations/slopes, glossary]"])
def test_two_meanings_in_one_chapter_are_refused(book, scope):
    write(book, "book/glossary.md", "# Glossary\n\nA $q$.\n")
    edit(book, "Discuss.", "Discuss $q$.")
    table(book, entry("q", scope, "one"), entry("q", HERE, "another"))
    found = [problem for problem in problems(book) if "two meanings" in problem]
    assert len(found) == 1
    assert found[0].startswith(f"{TABLE}:3: `q` has two meanings in foundations/slopes, 'one' (line 2) and 'another'; ")


def test_two_book_wide_meanings_are_refused(book):
    table(book, entry("x", "book"))
    assert f"{TABLE}:2: `x` has two meanings in the whole book, 'an input' (line 1)" in problems(book)[0]


@pytest.mark.parametrize(
    ("old", "label"),
    [
        ("Write it.", "foundations.slopes.relu"),
        ("It is a step.", "foundations.slopes.relu"),
        ("Half the inputs", "foundations.slopes.relu"),
        ("An arrow, see", "a-slope-is-a-limit-x"),
        ("Whoever descends.", "foundations.slopes.who"),
    ],
)
def test_a_place_may_give_a_letter_another_meaning(book, old, label):
    edit(book, old, f"$x$ {old}")
    table(book, entry("x", f"['foundations/slopes#{label}']"))
    edit(book, "# Slopes\n", "# Slopes\n\nWith $x$.\n")
    assert problems(book) == []


def test_the_narrowest_place_decides_and_ends_with_its_section(book):
    edit(book, "Discuss.", "Discuss.\n\n(here)=\n## First\n\n$q$\n\n### Inside\n\n$q$\n\n## Second\n\nNo.")
    table(book, entry("q", "['foundations/slopes#here']"), entry("q", "['foundations/slopes#inside']"))
    assert problems(book) == []
    edit(book, "No.", "And $q$.")
    assert "the symbol `q` has no meaning here" in problems(book)[0]


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ("book", "`q`: no chapter uses it in this meaning; remove the entry until one does"),
        (HERE, "`q`: foundations/slopes does not use it in this meaning; drop that from its scope"),
        ("[slopes]", "`q`: its scope names 'slopes', which is no page of the book; write part/name"),
        ("['foundations/slopes#no']", "`q`: foundations/slopes has no section or exercise with the label 'no'"),
        ("['foundations/slopes#foundations.slopes.who']", "foundations.slopes.who does not use it in this meaning"),
    ],
)
def test_a_meaning_without_use_is_refused(book, scope, sentence):
    table(book, entry("q", scope))
    [problem] = problems(book)
    assert problem.startswith(f"{TABLE}:2: ")
    assert sentence in problem


def test_a_chapter_that_does_not_use_what_others_share_is_named(book):
    write(book, "book/glossary.md", "# Glossary\n\nA $q$.\n")
    table(book, entry("q", "[glossary, foundations/slopes]"))
    assert problems(book) == [
        f"{TABLE}:2: `q`: foundations/slopes does not use it in this meaning; drop that from its scope"
    ]


def test_the_page_shows_the_table_and_follows_it(book):
    edit(book, "Write it.", "Write $q_k$, $q$.")
    where = "['foundations/slopes#foundations.slopes.relu', 'foundations/slopes#a-slope-is-a-limit-x']"
    table(book, f"{entry('q', where, 'as $x$ is')}, shape: '$(k,)$', code: quota", entry("q_k", HERE))
    edit(book, "An arrow, see", "An arrow $q$, see")
    build(book)
    found = rows(book, "reference/notation")
    assert found[:2] == [
        ["Symbol", "Meaning", "Shape or unit", "In code", "Chapters"],
        [r"\(x\)", "an input", "", "", "slopes"],
    ]
    assert [r"\(q\)", r"as \(x\) is", r"\((k,)\)", "quota", r"Exercise 1, A slope is a limit \(x\)"] in found
    assert [r"\(q_k\)", "a thing", "", "", "throughout"] in found
    html = page(book, "reference/notation")
    assert 'href="../foundations/slopes.html#a-slope-is-a-limit-x">A slope is a <em>limit</em>' in html
    assert 'href="../foundations/slopes.html#foundations.slopes.relu">Exercise 1</a>' in html
    assert re.search(r'<section id="notation-foundations-slopes">\s*<h2>Slopes', html)
    assert all(re.search(r'scope="(col|row)"', header) for header in re.findall(r"<th\b[^>]*>", html))
    edit(book, "an input", "the argument", TABLE)
    edit(book, "# Slopes\n", "# Steepness\n")
    build(book)
    assert rows(book, "reference/notation")[1] == [r"\(x\)", "the argument", "", "", "slopes"]
    assert "<h2>Steepness" in page(book, "reference/notation")
