import itertools
import re
import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from largemodels.core import plot
from largemodels.core.plot import COLORS, DARK, css_variables, show, to_svg, use_book_style

ALT = "Loss falls while <noise> & 'doubt' remain."


@pytest.fixture(autouse=True)
def book_style():
    with mpl.rc_context():
        use_book_style()
        yield
        plt.close("all")


def a_figure():
    fig, (left, right) = plt.subplots(1, 2)
    for name, color in COLORS.items():
        left.plot([0, 1], [0, len(name)], "o-", color=color, label=name, alpha=0.5)
    left.text(0.5, 0.5, "a word", color=COLORS["ink"])
    right.imshow(np.eye(3))
    right.contourf(np.eye(3), levels=[-1, 0.5, 2], colors=[COLORS["region"], COLORS["region2"]])
    return fig


# Contrast (WCAG 2) and distance (OKLab) as color-blind readers see it (Machado et al. 2009, severity 1).
SIGHT = {
    "usual": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_CONES = [[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]]
TO_OKLAB = [[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]]


def linear(color):
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) + 0.05 for color in (one, other))
    return high / low


def oklab(color, sight):
    seen = np.clip(np.array(SIGHT[sight]) @ linear(color), 0, 1)
    return np.array(TO_OKLAB) @ np.cbrt(np.array(TO_CONES) @ seen)


def distance(one, other):
    return min(float(np.linalg.norm(oklab(one, sight) - oklab(other, sight))) for sight in SIGHT)


@pytest.mark.parametrize("table", [COLORS, DARK], ids=["light", "dark"])
class TestColors:
    def test_both_tables_have_the_same_distinct_names_and_values(self, table):
        assert list(table) == list(COLORS)
        assert len(set(table.values())) == len(table)
        assert all(re.fullmatch("#[0-9a-f]{6}", value) for value in table.values())

    def test_what_is_drawn_stands_out_from_the_paper(self, table):
        grounds = {"paper", "grid", "region", "region2", "region3"}
        faint = {name: contrast(table[name], table["paper"]) for name in table if name not in grounds}
        assert min(faint.values()) >= 3, faint
        assert contrast(table["ink"], table["paper"]) >= 7
        assert contrast(table["muted"], table["paper"]) >= 4.5

    def test_classes_stand_out_from_every_ground(self, table):
        for name, ground in itertools.product(["data", "data2", "data3"], ["region", "region2", "region3"]):
            assert contrast(table[name], table[ground]) >= 3, (name, ground)

    @pytest.mark.parametrize(
        ("names", "least"),
        [
            (["data", "data2", "data3"], 0.13),
            (["data", "parameters", "gradients", "activations"], 0.11),
            (["good", "bad"], 0.12),
            (["region", "region2", "region3"], 0.03),
        ],
    )
    def test_colors_shown_together_differ_for_color_blind_readers(self, table, names, least):
        for one, other in itertools.combinations(names, 2):
            assert distance(table[one], table[other]) >= least, (one, other)


def test_no_color_is_one_that_a_common_colormap_yields():
    for name in ("viridis", "gray", "coolwarm", "RdBu", "Blues", "magma", "tab10"):
        values = {mpl.colors.to_hex(color) for color in mpl.colormaps[name](np.linspace(0, 1, 256))}
        assert not values & set(COLORS.values()), name


def test_the_sheet_defines_every_color_for_both_themes():
    light, dark = css_variables().split("@media screen")
    assert 'html[data-theme="dark"]' in dark
    for sheet, table in ((light, COLORS), (dark, DARK)):
        assert dict(re.findall(r"--lm-(\w+): (#\w+);", sheet)) == table


def test_colors_become_variables_and_other_values_stay():
    fig, ax = plt.subplots()
    ax.plot([0, 1], color=COLORS["gradients"])
    ax.plot([1, 0], color="#123456")
    svg = to_svg(fig, ALT)
    assert f"stroke: var(--lm-gradients, {COLORS['gradients']})" in svg
    assert "stroke: #123456" in svg
    assert set(re.findall(r"#[0-9a-f]{6}", re.sub(r"var\([^)]*\)", "", svg))) == {"#123456"}


def test_the_svg_is_one_described_element_that_fits_its_column():
    svg = to_svg(a_figure(), ALT)
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == ALT
    assert root.get("viewBox") == "0 0 468 288"
    assert not {"width", "height", "version"} & root.attrib.keys()
    assert "max-width: 624px" in root.get("style")
    assert svg.startswith("<svg ")
    assert not re.search(r"<metadata|<!DOCTYPE|<\?xml|<!--|<style|<title|<script|xlink|ns0:", svg)


def test_images_stand_inside():
    assert 'href="data:image/png;base64,' in to_svg(a_figure(), ALT)


def test_every_id_is_used_and_every_reference_leads_somewhere():
    svg = to_svg(a_figure(), ALT)
    ids = re.findall(r' id="([^"]+)"', svg)
    references = re.findall(r'(?:url\(#|href="#)([^")]+)', svg)
    assert ids
    assert len(ids) == len(set(ids))
    assert set(ids) == set(references)


def test_ids_of_different_figures_differ():
    one, two = a_figure(), a_figure()
    two.axes[0].set_xlabel("another")
    ids = [set(re.findall(r' id="([^"]+)"', to_svg(fig, ALT))) for fig in (one, two)]
    assert not ids[0] & ids[1]


def test_the_same_figure_gives_the_same_text():
    assert to_svg(a_figure(), ALT) == to_svg(a_figure(), ALT)


def test_other_settings_do_not_change_what_a_page_needs():
    with mpl.rc_context({"svg.hashsalt": None, "svg.fonttype": "none"}):
        one, two = to_svg(a_figure(), ALT), to_svg(a_figure(), ALT)
    assert one == two
    assert "<text" not in one


@pytest.mark.parametrize(
    "alt",
    ["", "short", " " * 30, "Plot of the loss against the step", "A figure showing how the loss goes down",
     "The bar chart of accuracies by class", "this scatter plot shows three classes in a plane"],
)  # fmt: skip
def test_an_alt_text_that_says_nothing_is_refused_with_advice(alt):
    with pytest.raises(ValueError, match=r"does not say what the figure shows: write its finding"):
        show(plt.figure(), alt)


@pytest.mark.parametrize("alt", ["Plotting twice as often halves the error.", "Figures rise from 3 to 9 percent."])
def test_an_alt_text_that_says_something_is_taken(alt):
    assert "<svg" in to_svg(plt.figure(), alt)


def test_in_a_notebook_the_figure_is_displayed_on_its_ground_and_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "_in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    fig = a_figure()
    show(fig, ALT)
    [(data, raw)] = shown
    assert raw
    assert data["text/html"].startswith('<div class="lm-figure" style="background: var(--lm-paper, #fff)"><svg ')
    assert data["text/plain"] == f"[figure] {ALT}"
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("ipython", [None, SimpleNamespace(get_ipython=lambda: None)], ids=["absent", "idle"])
def test_outside_a_notebook_the_description_is_printed(monkeypatch, capsys, ipython):
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    show(a_figure(), ALT)
    assert capsys.readouterr().out == f"[figure] {ALT}\n"
    assert not plt.get_fignums()
