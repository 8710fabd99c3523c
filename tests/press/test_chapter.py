from __future__ import annotations

import pytest

from press.chapter import find_chapters, read_chapter, tags
from press.settings import PressError


def test_a_chapter_is_read(book) -> None:
    front = "course:\n  objectives: [dl-01c]\n  minutes: 90"
    path = book.chapter("back-prop", ":tags: [setup, hide-input]\nx = 1", "print(x)", front=front)
    chapter = read_chapter(path)
    assert (chapter.docname, chapter.part, chapter.name) == (
        "book/foundations/back-prop",
        "foundations",
        "back-prop",
    )
    assert chapter.title == "Back-Prop"
    assert chapter.front == {"objectives": ["dl-01c"], "minutes": 90}
    assert [cell.source for cell in chapter.code_cells] == ["x = 1", "print(x)"]
    assert [tags(cell) for cell in chapter.code_cells] == [["setup", "hide-input"], []]


def test_chapters_come_in_reading_order_without_plain_pages(book) -> None:
    book.chapter("a", "1")
    book.chapter("b", "1")
    book.write("book/plain.md", "# Plain\n")
    toc = "format: jb-book\nroot: book/plain\nchapters:\n- file: book/foundations/b\n- file: book/foundations/a.md\n"
    book.write("_toc.yml", toc)
    assert [chapter.name for chapter in find_chapters(book.root)] == ["b", "a"]


def test_a_missing_file_is_named(book) -> None:
    book.write("_toc.yml", "format: jb-book\nroot: book/nowhere\n")
    with pytest.raises(PressError, match=r"_toc\.yml lists book/nowhere, but there is no file"):
        find_chapters(book.root)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# Plain\n", "is no notebook"),
        ("---\nfile_format: mystnb\n---\nno title\n", "has no title"),
        ("---\nfile_format: mystnb\ncourse: 3\n---\n# A\n", "`course` in the front matter"),
        ("---\nfile_format: mystnb\n---\n# A\n```{code-cell}\n---\ntags: [\n---\n1\n```\n", "could not be read"),
    ],
)
def test_a_malformed_chapter_is_refused_in_a_sentence(book, text: str, sentence: str) -> None:
    with pytest.raises(PressError, match=sentence):
        read_chapter(book.write("book/foundations/bad.md", text))
