from pathlib import Path

import pytest

from press.settings import PressError
from press.syllabus import KINDS, PARTS, read_syllabus

ROOT = Path(__file__).parents[2]
ENTRY = '- {id: a-1, syllabus: one, module: M1, kind: code, chapter: foundations/slopes, text: "Slopes"}'
HEAD = 'syllabi: {one: "First"}\nobjectives:\n'


@pytest.fixture
def syllabus(tmp_path):
    def read(text):
        path = tmp_path / "syllabus.yml"
        path.write_text(text, "utf-8")
        return read_syllabus(path)

    return read


def test_the_books_own_syllabus_is_whole():
    book = read_syllabus(ROOT / "book/syllabus.yml")
    assert len(book.titles) == 5
    assert len(book.objectives) == 147
    assert {objective.part for objective in book.objectives.values()} == set(PARTS)
    assert {objective.kind for objective in book.objectives.values()} == set(KINDS)
    assert book["dl-01c"].chapter == "foundations/backprop"
    assert sum(len(book.of(name)) for name in book.titles) == 147


def test_an_entry_is_read(syllabus):
    book = syllabus(HEAD + ENTRY)
    assert "a-1" in book
    assert book["a-1"].text == "Slopes"
    assert book.chapters == ["foundations/slopes"]


def test_an_unknown_id_is_named(syllabus):
    with pytest.raises(PressError, match=r"no objective 'a-9' in book/syllabus.yml"):
        syllabus(HEAD + ENTRY)["a-9"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD + ENTRY + "\n" + ENTRY, "two objectives 'a-1'"),
        (HEAD + ENTRY.replace("syllabus: one", "syllabus: two"), "unknown syllabus 'two'"),
        (HEAD + ENTRY.replace("kind: code", "kind: coda"), "unknown kind 'coda'; use one of concept"),
        (HEAD + ENTRY.replace("foundations/", "basics/"), "chapter 'basics/slopes'; write part/name"),
        (HEAD + ENTRY.replace("foundations/slopes", "foundations"), "chapter 'foundations'; write part/name"),
        (HEAD + ENTRY.replace("module: M1, ", ""), "number 1 .* must have exactly the keys"),
        (HEAD + ENTRY.replace("kind:", "kinds:"), "number 1 .* must have exactly the keys"),
        ("objectives: []", "must hold `syllabi`"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(syllabus, text, sentence):
    with pytest.raises(PressError, match=sentence):
        syllabus(text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PressError, match="is missing"):
        read_syllabus(tmp_path / "syllabus.yml")
