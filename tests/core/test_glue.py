import sys

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from myst_nb.core.variables import format_plain_text
from myst_nb.ext import glue as myst_glue

from largemodels.core.glue import glue

PREFIX = "application/papermill.record/"


@pytest.fixture(scope="module", autouse=True)
def shell(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield InteractiveShell.instance()
        InteractiveShell.clear_instance()


@pytest.fixture
def kept(monkeypatch):
    """Collect what lands in the notebook: name -> text as the book's build will find it."""
    found = {}

    def display(data, raw, metadata):
        assert raw
        assert all(kind.startswith(PREFIX) for kind in data), "a glued value must not show in the page"
        found[metadata["scrapbook"]["name"]] = data[PREFIX + "text/plain"]

    monkeypatch.setattr(myst_glue, "ipy_display", display)
    return found


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.123456, ".3f", "0.123"),
        (np.float32(0.5), ".1%", "50.0%"),
        (np.float64(2), ".2f", "2.00"),
        (torch.tensor(0.25, requires_grad=True), ".2f", "0.25"),
        (torch.tensor([3]), "d", "3"),
        (np.array([[1234567]]), ",d", "1,234,567"),
        (np.int64(7), "", "7"),
        (float("inf"), ".1f", "inf"),
        (float("nan"), "", "nan"),
        ("cat", "", "cat"),
        (np.str_("dog"), "", "dog"),
        ("0.5", "", "0.5"),
        ("it's “so”", "", "it's “so”"),
    ],
)
def test_the_prose_reads_the_value_in_its_format(kept, value, spec, text):
    glue("name", value)
    assert format_plain_text(kept["name"], spec) == text


@given(st.integers() | st.floats(allow_nan=False) | st.text(min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_goes_in_comes_out(kept, value):
    glue("name", value)
    assert format_plain_text(kept["name"], "") == str(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "not a NoneType"),
        ([1], "not a list"),
        (True, "not a bool"),
        (torch.tensor(True), "not a bool"),
        (1j, "not a complex"),
        (np.zeros((2, 3)), r"not a ndarray of shape \(2, 3\)"),
        (torch.zeros(0), r"not a Tensor of shape \(0,\)"),
    ],
)
def test_what_no_sentence_can_hold_is_refused(kept, value, words):
    with pytest.raises(TypeError, match=rf"glue\('name', ...\) keeps one number or a str, {words}"):
        glue("name", value)
    assert not kept


def test_without_myst_nb_nothing_happens_but_the_check(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "myst_nb", None)
    glue("name", 1.0)
    assert capsys.readouterr().out == ""
    with pytest.raises(TypeError):
        glue("name", None)
