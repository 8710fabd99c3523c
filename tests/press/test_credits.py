from pathlib import Path

from sphinx.testing.util import SphinxTestApp

from largemodels.core import store


def test_the_page_credits_every_item_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("extensions = ['myst_nb', 'press.credits']\n", encoding="utf-8")
    (tmp_path / "index.md").write_text("# Credits\n\n```{credits}\n```\n", encoding="utf-8")
    app = SphinxTestApp("text", srcdir=tmp_path, builddir=tmp_path / "out")
    try:
        app.build()
        assert app.warning.getvalue() == ""
        page = app.env.get_doctree("index").astext()
    finally:
        app.cleanup()
    for item in store.items().values():
        for fact in (item.title, item.license, item.authors, item.origin, f"{item.package}=={item.version}"):
            assert fact in page
