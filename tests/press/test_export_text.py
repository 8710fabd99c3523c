"""Small parts of the export: equations, shapes of Markdown, the folder of the branch."""

from pathlib import Path

import pytest

from press.export import shapes
from press.export.branch import write_tree
from press.export.latex import display_math, expand, inline_math

MACROS = {
    r"\KL": r"\operatorname{KL}",
    r"\R": r"\mathbb{R}",
    r"\pd": r"\frac{\partial #1}{\partial #2}",
    r"\a": r"\alpha",
}


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        (r"\KL(p \| q)", r"\operatorname{KL}(p \| q)"),
        (r"\R^n \Rightarrow \R", r"\mathbb{R}^n \Rightarrow \mathbb{R}"),
        (r"\pd{L}{w_{ij}}", r"\frac{\partial L}{\partial w_{ij}}"),
        (r"\pd L\theta", r"\frac{\partial L}{\partial \theta}"),
        (r"\pd{\R}{\{x\}}", r"\frac{\partial \mathbb{R}}{\partial \{x\}}"),
        (r"\a x", r"\alpha x"),
        (r"x \\R \\\R", r"x \\R \\\mathbb{R}"),
        (r"x = y", "x = y"),
    ],
)
def test_macros_are_written_out(latex, written):
    assert expand(latex, MACROS) == written


def test_a_macro_before_a_letter_stays_apart():
    assert expand(r"{\a}x", MACROS) == r"{\alpha}x"
    assert expand(r"\pd{\a}{t}", {r"\a": r"\alpha", r"\pd": "#1#2"}) == r"\alpha t"


@pytest.mark.parametrize(
    ("latex", "macros", "message"),
    [
        (r"\loop", {r"\loop": r"\loop"}, "calls itself"),
        (r"\pd{L}", MACROS, "lacks an argument"),
        (r"\pd{L}{w", MACROS, "never closed"),
    ],
)
def test_bad_macros_are_refused(latex, macros, message):
    with pytest.raises(ValueError, match=message):
        expand(latex, macros)


def test_equations_have_one_shape():
    assert inline_math("a\n+ b", {}) == "$a + b$"
    assert display_math("\nE = mc^2\n\n", {}, "2.1") == "$$\nE = mc^2\n\\tag{2.1}\n$$"
    assert r"\begin{aligned}" in display_math(r"\begin{align*} a &= b \end{align*}", {})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a*b and c_d", r"a\*b and c_d"),
        ("_private_ costs $5", r"\_private\_ costs \$5"),
        ("<b> & &amp; [x](y)", r"\<b> & \&amp; \[x\](y)"),
    ],
)
def test_plain_text_stays_plain(text, written):
    assert shapes.escape(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# no heading", r"\# no heading"),
        ("a\n- b", "a\n\\- b"),
        ("1986. A year", r"1986\. A year"),
        ("x\n---", "x\n\\---"),
    ],
)
def test_a_paragraph_stays_a_paragraph(text, written):
    assert shapes.paragraph(text) == written


def test_code_may_hold_backticks():
    assert shapes.code_span("a `b` c") == "``a `b` c``"
    assert shapes.code_block("```{note}\n```\n", "md") == "````md\n```{note}\n```\n````"


def test_lists_and_quotes_nest():
    assert shapes.items(["-", "10."], [["a", "b\nc"], ["d"]]) == "- a\n\n  b\n  c\n\n10. d"
    assert shapes.titled_quote("Note", ["a", shapes.quote(["b"])]) == "> **Note**\n>\n> a\n>\n> > b"


def test_a_table_cell_may_hold_bars():
    assert shapes.table(["a"], [["$|x|$ or y|z"]]).splitlines()[-1] == r"| $\vert x\vert $ or y\|z |"


def test_a_tree_holds_what_is_written_and_nothing_else(tmp_path: Path):
    write_tree(tmp_path, {"a/old.txt": "1", "b.txt": "2"})
    before = (tmp_path / "b.txt").stat().st_mtime_ns
    write_tree(tmp_path, {"c/new.txt": "3", "b.txt": "2"})
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == [
        "b.txt",
        "c",
        "c/new.txt",
    ]
    assert (tmp_path / "b.txt").stat().st_mtime_ns == before
