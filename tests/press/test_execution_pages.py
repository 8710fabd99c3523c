"""The execution stage inside Sphinx: what is read again, what the pages say, what stops the build."""

from __future__ import annotations

import io

import pytest
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONF = """
extensions = ["myst_nb", "sphinx_external_toc", "press.execution.extension"]
exclude_patterns = ["_build"]
html_theme = "basic"
nitpicky = True
"""
COSTS = "# Costs\n\n```{costs}\n```\n"


@pytest.fixture
def site(book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("myst_nb.core.execute.cache.get_cache", None)  # the extension's is undone afterwards
    book.write("conf.py", CONF)
    book.write("code/largemodels/alpha.py", "VALUE = 1\n")
    book.chapter("one", "from largemodels import alpha\nprint('value', alpha.VALUE)")
    book.chapter("two", "print('plain')")
    book.write("book/costs.md", COSTS)
    toc = book.root / "_toc.yml"
    toc.write_text(toc.read_text() + "  - file: book/costs\n")
    return book


def build(site, jobs: int = 1) -> tuple[set[str], str]:
    """Build the site; give the pages that were read, and the warnings."""
    read: set[str] = set()
    warnings = io.StringIO()
    folder = site.root / "_build"
    with patch_docutils(str(site.root)), docutils_namespace():
        app = Sphinx(
            site.root, site.root, folder / "html", folder / "html/.doctrees", "html",
            status=io.StringIO(), warning=warnings, parallel=jobs,
        )  # fmt: skip
        app.connect("env-before-read-docs", lambda _app, _env, names: read.update(names), priority=900)
        app.build()
    return {name.rpartition("/")[2] for name in read}, warnings.getvalue()


def page(site, name: str) -> str:
    return (site.root / f"_build/html/book/{name}.html").read_text("utf-8")


def test_pages_show_outputs_costs_and_versions(site) -> None:
    read, warnings = build(site)
    assert read == {"one", "two", "costs"}
    assert warnings == ""
    one, costs = page(site, "foundations/one"), page(site, "costs")
    assert "value 1" in one
    assert one.count('<p class="lm-cost">') == 1
    assert "CPU-seconds" in one
    assert "Versions: Python 3." in one
    assert 'href="foundations/two.html"' in costs
    assert "All chapters" in costs
    assert 'lm-cost"' not in costs
    assert build(site)[0] == set()


def test_pages_are_the_same_when_read_in_parallel(site) -> None:
    build(site)
    alone = [page(site, name).partition("<body>")[2] for name in ("foundations/one", "costs")]
    (site.root / "_build/html/.doctrees/environment.pickle").unlink()
    for number in range(6):  # Sphinx reads a handful of pages in one process whatever it is told
        site.write(f"book/plain{number}.md", f"---\norphan: true\n---\n# Plain {number}\n")
    read, warnings = build(site, jobs=2)
    assert len(read) == 9
    assert warnings == ""
    assert [page(site, name).partition("<body>")[2] for name in ("foundations/one", "costs")] == alone


def test_an_edited_module_reads_its_pages_and_the_costs_again(site) -> None:
    build(site)
    site.write("code/largemodels/alpha.py", "VALUE = 2\n")
    assert build(site)[0] == {"one", "costs"}
    assert "value 2" in page(site, "foundations/one")


def test_pages_follow_an_execution_outside_sphinx(site) -> None:
    build(site)
    site.write("code/largemodels/alpha.py", "VALUE = 3\n")
    site.run()
    assert build(site)[0] == {"one", "costs"}
    assert "value 3" in page(site, "foundations/one")


def test_a_failing_cell_stops_the_build_each_time(site) -> None:
    site.chapter("one", "1 / 0")
    for _ in range(2):
        with pytest.raises(ExtensionError, match=r"one\.md:10, code cell 1 .*ZeroDivisionError"):
            build(site)
