"""The core in a real kernel, as a reader and the book's build meet it."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "import matplotlib.pyplot as plt\n"
    "from largemodels.core.plot import show, use_book_style\n"
    "use_book_style()\n"
    "fig, ax = plt.subplots()\n"
    "ax.plot([3, 1])\n"
    "show(fig, alt='Loss falls from three to one in a step.')",
    "from largemodels.core.glue import glue\nglue('loss', 0.5)",
    "from largemodels.core.checker import Verdict, call\nVerdict(True, 'Correct.')",
    "def broken(x):\n    y = x\n    return z\ntry:\n    call(broken, 1)\nexcept Exception as error:\n    print(error)",
]


@pytest.fixture(scope="module")
def outputs():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


pytestmark = pytest.mark.slow


def test_a_figure_is_one_output(outputs):
    [output] = outputs[0]
    assert output.data["text/html"].startswith('<div class="lm-figure"')


def test_a_glued_value_shows_nothing_and_is_kept(outputs):
    [output] = outputs[1]
    assert output.data == {"application/papermill.record/text/plain": "0.5"}
    assert output.metadata["scrapbook"]["name"] == "loss"


def test_a_verdict_shows_nothing(outputs):
    assert outputs[2] == []


def test_the_line_of_the_readers_cell_is_quoted(outputs):
    [output] = outputs[3]
    assert output.text == ("broken(1) raises NameError: name 'z' is not defined, at line 3 of your code: `return z`.\n")
