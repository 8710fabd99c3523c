"""Outputs lose the building machine's folders, and pictures are left alone."""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output

from press.execution.tidy import tidy_outputs


def tidied(text: str) -> str:
    """Tidy a notebook with one output, and return what is left of its text."""
    notebook = new_notebook(cells=[new_code_cell(outputs=[new_output("stream", text=text)])])
    tidy_outputs(notebook, Path("/home/reader/book"), Path("/tmp/scratch"))
    return notebook.cells[0].outputs[0].text


def test_a_cells_file_loses_the_kernels_number():
    assert tidied('File "/tmp/ipykernel_1234/567.py", line 2') == 'File "cell.py", line 2'


def test_paths_into_the_book_become_relative():
    assert tidied("/home/reader/book/code/largemodels/engine.py:3") == "largemodels/engine.py:3"


def test_a_picture_of_a_million_letters_stays_as_it_is():
    picture = "iVBORw0KGgo" * 100_000  # a search that looks back without bound would take minutes
    assert tidied(picture) == picture
    assert tidied(picture + " /tmp/ipykernel_1/2.py") == picture + " cell.py"
