"""The export on a small book that holds every construct of the Markdown that a chapter may use."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from press.export import extension
from press.export.blocks import body
from press.export.page import Page
from press.settings import PressError

REPOSITORY = "https://github.com/somebody/some-book"
SITE = "https://somebody.github.io/some-book/"
CONFIG = {
    "title": "Some Book",
    "repository": {"url": REPOSITORY, "branch": "main"},
    "html": {"baseurl": SITE},
    "parse": {
        "myst_enable_extensions": [
            "amsmath",
            "colon_fence",
            "deflist",
            "dollarmath",
            "substitution",
            "tasklist",
        ]
    },
}
SETTINGS = {
    "extensions": [
        "myst_nb",
        "sphinx_design",
        "sphinx_exercise",
        "sphinxcontrib.bibtex",
        "press.export.extension",
    ],
    "html_theme": "sphinx_book_theme",
    "html_copy_source": False,
    "myst_enable_extensions": CONFIG["parse"]["myst_enable_extensions"],
    "bibtex_bibfiles": ["book/references.bib"],
    "bibtex_reference_style": "author_year",
    "numfig": True,
    "numfig_secnum_depth": 0,
    "numfig_format": {"figure": "Figure %s", "code-block": "Listing %s", "table": "Table %s"},
    "math_numfig": False,
    "nb_execution_mode": "force",
    "nb_execution_raise_on_error": True,
    "exclude_patterns": ["_build"],
}
INDEX = """\
# Some Book

```{toctree}
book/foundations/sample
book/foundations/other
book/bibliography
```
"""
BIBLIOGRAPHY = "# Bibliography\n\n```{bibliography}\n```\n"
REFERENCES = """\
@article{rumelhart1986, author={Rumelhart, David and Hinton, Geoffrey and Williams, Ronald},
 title={Learning representations}, journal={Nature}, year={1986}}
"""
FRONT = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
course:
  extra: foundations
---
"""
OTHER = (
    FRONT
    + """\
(other)=
# Another chapter

(far)=
## A far section

$$ z = 1 $$ (far-eq)

```{code-cell} ipython3
1 + 1
```
"""
)
SAMPLE = (
    FRONT
    + r"""
# A sample chapter

% a comment
First *emphasis*, **bold**, `code with ${x}`, $x_i \R$, 5 < 6, cost \$5 and a_b.

+++

:::{note}
Outer.

```{tip}
Inner {sub}`below` and {sup}`above`.
```
:::

```{admonition} Own title
:class: dropdown
Folded text.
```

(here)=
## A section

$$ a = b \KL(p) $$ (eq-here)

```{math}
:label: eq-two
c = d
```

\begin{align*} e &= f \end{align*}

See {ref}`here`, {ref}`far`, {ref}`words <far>`, {doc}`other`, {eq}`eq-here`, {eq}`far-eq`,
{numref}`fig-x`, {numref}`fig-cell`,
{term}`gradient`, {cite:p}`rumelhart1986`, {cite:t}`rumelhart1986`, {glue:text}`answer:.2f`,
{abbr}`SGD (stochastic gradient descent)`, {octicon}`rocket`, {bdg-primary}`badge`, [site](https://example.org/a_(b)),
[near](#here) and {ref}`foundations.sample.relu`.

```{figure} dot.png
:name: fig-x
:alt: A dot
A caption with $y$.
```

![Inline dot](dot.png)

```{code-block} python
:caption: A listing
:name: code-x
def f():
    return "```{note}"
```

````md
```{warning}
shown as code
```
````

```{literalinclude} program.py
:language: python
```

| a | b |
|---|---|
| $\vert$ | `c` |

- item one

  with more
- item two

3. three
4. four

Term
: Its meaning.

> A quotation.

::::{grid} 2
:::{grid-item-card} Card title
Card text.
:::
::::

::::{tab-set}
:::{tab-item} Linux
apt
:::
:::{tab-item} macOS
brew
:::
::::

:::{dropdown} More
Dropped text.
:::

A claim.[^1]

[^1]: The footnote.

```{glossary}
gradient
  The slope.
```

```{code-cell} ipython3
:tags: [remove-cell]
from myst_nb import glue
glue("answer", 41.999, display=False)
```

```{code-cell} ipython3
:tags: [hide-input]
:mystnb:
:  figure:
:    name: fig-cell
:    caption: What the *cell* draws.
from IPython.display import HTML, display
display(HTML("<b>drawn</b>"))
```

## Exercises

```{exercise-start} The slope of a ReLU
:label: foundations.sample.relu
```
Write $f$.
```{exercise-end}
```

```{code-cell} ipython3
:tags: [starter]
def f(x):
    ...
```

```{code-cell} ipython3
:tags: [checker]
print(f(1))
```

```{solution-start} foundations.sample.relu
:class: dropdown
```
The secret words.

```{code-cell} ipython3
:tags: [solution]
def f(x):
    return "secret code"
```

And why.
```{solution-end}
```

After the exercise.
"""
)
MACROS = {r"\KL": r"\operatorname{KL}", r"\R": r"\in \mathbb{R}", r"\bad": r"\bad"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441"
    "54789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def make_book(folder: Path, **pages: str) -> Path:
    chapters = folder / "book" / "foundations"
    chapters.mkdir(parents=True)
    (folder / "_config.yml").write_text(yaml.safe_dump(CONFIG))
    (folder / "index.md").write_text(INDEX)
    (folder / "book" / "bibliography.md").write_text(BIBLIOGRAPHY)
    (folder / "book" / "references.bib").write_text(REFERENCES)
    (chapters / "dot.png").write_bytes(PIXEL)
    (chapters / "program.py").write_text("x = 1\n")
    for name, text in pages.items():
        (chapters / f"{name}.md").write_text(text)
    return folder


def build(folder: Path, **settings: object) -> Sphinx:
    html, trees = folder / "_build" / "html", folder / "_build" / "trees"
    with docutils_namespace(), patch_docutils():
        app = Sphinx(str(folder), None, str(html), str(trees), "html", SETTINGS | settings, status=None)
        app.add_config_value("tex_macros", MACROS, "env")
        app.build()
    return app


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_REPOSITORY", raising=False)
        folder = make_book(tmp_path_factory.mktemp("book"), sample=SAMPLE, other=OTHER)
        build(folder)
        yield folder


def load(book: Path, version: str, name: str = "sample") -> nbformat.NotebookNode:
    return nbformat.read(book / "_build" / "notebooks" / version / "foundations" / f"{name}.ipynb", 4)


def prose(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize(
    "text",
    [
        "First *emphasis*, **bold**, `code with ${x}`, $x_i \\in \\mathbb{R}$, 5 \\< 6, cost \\$5 and a_b.",
        "> **Note**\n>\n> Outer.\n>\n> > **Tip**\n> >\n> > Inner <sub>below</sub> and <sup>above</sup>.",
        "> **Own title**\n>\n> Folded text.",
        "## A section",
        "$$\na = b \\operatorname{KL}(p)\n\\tag{1}\n$$",
        "$$\nc = d\n\\tag{2}\n$$",
        "$$\n\\begin{aligned} e &= f \\end{aligned}\n$$",
        f"[A section]({SITE}book/foundations/sample.html#here)",
        f"[A far section]({SITE}book/foundations/other.html#far)",
        f"[words]({SITE}book/foundations/other.html#far)",
        f"[Another chapter]({SITE}book/foundations/other.html)",
        f"[(1)]({SITE}book/foundations/sample.html#equation-eq-here)",
        f"[(1)]({SITE}book/foundations/other.html#equation-far-eq)",
        f"[Figure 1]({SITE}book/foundations/sample.html#fig-x)",
        f"[Figure 2]({SITE}book/foundations/sample.html#fig-cell)",
        f"[gradient]({SITE}book/foundations/sample.html#term-gradient)",
        f"\\[[Rumelhart *et al.*, 1986]({SITE}book/bibliography.html#id2)\\]",
        f"Rumelhart *et al.* \\[[1986]({SITE}book/bibliography.html#id2)\\], 42.00,",
        '<abbr title="stochastic gradient descent">SGD</abbr>',
        "badge, [site](https://example.org/a_%28b%29)",
        f"[Exercise 1]({SITE}book/foundations/sample.html#foundations.sample.relu)",
        f"![A dot]({SITE}_images/dot.png)\n\n**Figure 1** A caption with $y$.",
        f"![Inline dot]({SITE}_images/dot.png)",
        '**Listing 1** A listing\n\n````python\ndef f():\n    return "```{note}"\n````',
        "````md\n```{warning}\nshown as code\n```\n````",
        "```python\nx = 1\n```",
        "| a | b |\n| --- | --- |\n| $\\vert$ | `c` |",
        "- item one\n\n  with more\n\n- item two",
        "3. three\n4. four",
        "- **Term**\n\n  Its meaning.",
        "> A quotation.",
        "> **Card title**\n>\n> Card text.",
        "**Linux**\n\napt\n\n**macOS**\n\nbrew",
        "> **More**\n>\n> Dropped text.",
        f"A claim.<sup>[1]({SITE}book/foundations/sample.html#id4)</sup>",
        "<sup>1</sup> The footnote.",
        "**Figure 2** What the *cell* draws.",
        "> **Exercise 1 (The slope of a ReLU)**\n>\n> Write $f$.",
        "### Solution to [Exercise 1 (The slope of a ReLU)]"
        f"({SITE}book/foundations/sample.html#foundations.sample.relu)",
    ],
)
def test_each_construct_becomes_plain_markdown(book, text):
    assert f"\n{text}" in "\n" + prose(load(book, "full")) or text in prose(load(book, "full"))


def test_comments_and_icons_go(book):
    text = prose(load(book, "full"))
    assert "a comment" not in text and "+++" not in text and "svg" not in text


def test_the_first_cell_installs_the_commit_and_only_where_the_package_is_missing(book):
    first = load(book, "full").cells[0]
    assert first.metadata.tags == ["install"]
    assert 'find_spec("largemodels") is None' in first.source
    assert f'%pip install -q "largemodels[foundations] @ git+{REPOSITORY}@main"' in first.source
    about = load(book, "full").cells[1].source
    assert f"[A sample chapter]({SITE}book/foundations/sample.html)" in about and "CC BY 4.0" in about


def test_notebooks_are_valid_and_hold_no_outputs(book):
    for version in ("full", "student"):
        notebook = load(book, version)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3" and notebook.metadata.language_info.name == "python"
        assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_the_full_version_holds_every_code_cell_in_order(book):
    code = [cell for cell in load(book, "full").cells if cell.cell_type == "code"][1:]
    assert [cell.metadata.get("tags", []) for cell in code] == [[], [], ["starter"], ["checker"], ["solution"]]
    assert code[0].source.startswith("from myst_nb import glue") and code[0].metadata.jupyter.source_hidden
    assert code[1].metadata.jupyter.source_hidden


def test_the_student_version_leaves_the_solution_out_and_nothing_else(book):
    full, student = load(book, "full"), load(book, "student")
    assert "secret" not in json.dumps(student) and "And why" not in json.dumps(student)
    left_out = len(full.cells) - len(student.cells)
    assert left_out == 3  # its heading and text, its code, its last words
    assert student.cells[-1].source.startswith("After the exercise.")
    assert [cell.source for cell in full.cells if "starter" in cell.metadata.get("tags", [])] == [
        cell.source for cell in student.cells if "starter" in cell.metadata.get("tags", [])
    ]


def test_buttons_point_to_what_was_exported(book):
    page = (book / "_build" / "html" / "book" / "foundations" / "sample.html").read_text()
    for version in ("full", "student"):
        path = f"{version}/foundations/sample.ipynb"
        assert f'href="https://colab.research.google.com/github/somebody/some-book/blob/notebooks/{path}"' in page
        assert f'href="https://mybinder.org/v2/gh/somebody/some-book/notebooks?urlpath=lab/tree/{path}"' in page
        assert f'href="../../_notebooks/{path}"' in page
        served = book / "_build" / "html" / "_notebooks" / path
        assert served.read_bytes() == (book / "_build" / "notebooks" / path).read_bytes()
    assert "_sources/" not in page
    assert "launch-buttons" not in (book / "_build" / "html" / "index.html").read_text()


def test_the_branch_says_what_it_is(book):
    branch = book / "_build" / "notebooks"
    assert REPOSITORY in (branch / "README.md").read_text()
    package = (branch / ".binder" / "package.txt").read_text()
    assert package == f"largemodels[foundations] @ git+{REPOSITORY}@main\n"


def test_a_build_with_nothing_to_do_writes_the_same_bytes_again(book):
    notebooks = book / "_build" / "notebooks"
    before = {path: path.read_bytes() for path in notebooks.rglob("*.ipynb")}
    shutil.rmtree(notebooks)
    build(book)
    assert {path: path.read_bytes() for path in notebooks.rglob("*.ipynb")} == before


def test_a_change_elsewhere_reaches_notebooks_of_pages_that_were_not_read_again(book):
    page = book / "book" / "foundations" / "other.md"
    try:
        page.write_text(OTHER.replace("A far section", "A renamed section"))
        build(book)
        assert "[A renamed section](" in prose(load(book, "full"))
        assert "A caption with $y$." in prose(load(book, "full"))
    finally:
        page.write_text(OTHER)


def test_only_chapters_that_changed_are_exported(book, monkeypatch):
    exported = []
    make = extension.to_pieces
    monkeypatch.setattr(extension, "to_pieces", lambda tree, page: exported.append(page.docname) or make(tree, page))
    page = book / "book" / "foundations" / "other.md"
    build(book)
    exported.clear()
    build(book)
    assert exported == []
    try:
        page.write_text(f"{OTHER}\nMore prose.\n")
        build(book)
        assert exported == ["book/foundations/other"]
    finally:
        page.write_text(OTHER)


def test_a_fork_opens_the_fork(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/their-book")
    text = FRONT + "# Sample\n\n```{code-cell} ipython3\n1\n```\n"
    folder = make_book(tmp_path, sample=text, other=OTHER)
    build(folder, nb_execution_mode="off")
    source = load(folder, "full").cells[0].source
    assert "git+https://github.com/fork/their-book@" in source
    assert "https://fork.github.io/their-book/book/foundations/sample.html" in load(folder, "full").cells[1].source
    page = (folder / "_build" / "html" / "book" / "foundations" / "sample.html").read_text()
    assert "colab.research.google.com/github/fork/their-book/blob/notebooks/full/foundations/sample.ipynb" in page
    assert "somebody" not in page.split("<article")[0].split("launch-buttons")[1].split("</ul>")[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{raw} html\n<script>alert(1)</script>\n```", "raw HTML that no notebook shows"),
        ("```{py:function} f(x)\n```", "it has no Markdown for `desc`"),
        ("$\\bad$", "calls itself"),
    ],
)
def test_what_no_notebook_can_show_stops_the_build_with_a_sentence(tmp_path, text, message):
    folder = make_book(tmp_path, sample=f"{FRONT}# Sample\n\n{text}\n", other=OTHER)
    with pytest.raises(ExtensionError) as failure:
        build(folder, nb_execution_mode="off")
    assert "book/foundations/sample.md" in str(failure.value) and message in str(failure.value)


def page() -> Page:
    return Page("book/a/b", SITE, {}, {}, {}, {}, {}, False)


def test_a_diagram_becomes_a_picture_at_its_published_address():
    figure = nodes.figure("", nodes.raw("", "<svg></svg>", format="html", diagram="a/graph", alt="What it\nshows"))
    figure += nodes.caption("", "", nodes.strong("", "The "), nodes.Text("graph."))
    assert body([figure], page()) == [f"![What it shows]({SITE}_images/figures/a/graph.svg)", "**The** graph."]


def test_the_marks_of_objectives_go_and_what_stands_for_a_node_is_taken():
    marks = nodes.paragraph("", "Objectives x", classes=["teaches"])
    stand_in = nodes.container("", nodes.paragraph("", "page"), notebook="notebook")
    assert body([marks, stand_in, nodes.container("", notebook="")], page()) == ["notebook"]


def test_a_cell_inside_a_box_is_refused():
    box = nodes.note("", nodes.container("", nb_element="cell_code", cell_index=1))
    with pytest.raises(PressError, match=r"book/a/b.md: cannot make a notebook .* stands inside a box"):
        body([box], page())


def test_a_table_that_markdown_has_not_is_refused():
    entry = nodes.entry("", nodes.bullet_list())
    rows = nodes.tgroup("", nodes.tbody("", nodes.row("", entry)))
    with pytest.raises(PressError, match="a table cell of a notebook cannot hold bullet_list"):
        body([nodes.table("", rows)], page())
