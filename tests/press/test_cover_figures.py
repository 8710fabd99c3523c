"""The cover's pictures: small, the same every time, in the book's colors, and what they show is true."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

from largemodels.core.plot import COLORS, to_svg
from press.syllabus import PARTS

FIGURES = Path(__file__).parents[2] / "figures"
FOUNDATIONS = ["blocks", "broadcast", "fitted_where", "modes", "reuse", "stages", "starved", "strides"]
LANGUAGE = ["block", "routes", "tuned_where"]
SCALING = ["held", "ring", "shares", "stages"]
ROOMS = {"foundations": FOUNDATIONS, "language": LANGUAGE, "scaling": SCALING}
DIAGRAMS = [f"{room}/{name}" for room, names in ROOMS.items() for name in names]
NAMES = [*(f"cover/{part}" for part in PARTS), "cover/social", *DIAGRAMS]
ALT = "Described on the page that shows this picture."
PHONE = 340  # pixels that a figure gets on a phone of 390


@pytest.fixture(autouse=True)
def closed():
    """Leave no figure open: matplotlib warns where there are more than twenty."""
    plt.close("all")
    yield
    plt.close("all")


def load(name):
    spec = importlib.util.spec_from_file_location(f"figure_{Path(name).stem}", FIGURES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_cover_picture_is_tested():
    assert {f"cover/{path.stem}" for path in (FIGURES / "cover").glob("*.py")} == {n for n in NAMES if "cover" in n}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMES)
def test_picture_is_small_repeatable_and_themed(name):
    draw = load(name).draw
    svg = to_svg(draw(), ALT)
    assert to_svg(draw(), ALT) == svg
    assert len(svg.encode()) < 60_000
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= set(COLORS.values())
    assert "<image" not in svg


@pytest.mark.parametrize("name", NAMES)
def test_words_are_readable_on_a_phone_and_whole(name):
    figure = load(name).draw()
    figure.draw_without_rendering()  # axis labels take their places
    page = figure.bbox
    shrink = min(1, PHONE / (figure.get_figwidth() * 96))
    for text in (text for text in figure.findobj(Text) if text.get_text() and text.get_visible()):
        box = text.get_window_extent()
        assert text.get_fontsize() * 96 / 72 * shrink >= 8.5, text
        assert page.x0 <= box.x0 and box.x1 <= page.x1, text
        assert page.y0 <= box.y0 and box.y1 <= page.y1, text


def test_network_separates_the_spiral():
    module = load("cover/foundations")
    points, labels = module.spiral(np.random.default_rng(4), per_arm=46)
    layers = module.train(points, labels, np.random.default_rng(1), steps=900)
    assert (module.forward(layers, points)[-1].argmax(axis=1) == labels).all()


def test_attention_finds_what_followed_the_same_letter():
    module = load("cover/language")
    weights = module.attention(module.WORD, np.random.default_rng(2))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert not np.triu(weights, k=1).any()
    second_b = module.WORD.rindex("b")
    assert weights[second_b].argmax() == module.WORD.index("b") + 1


def test_diffusion_ends_on_the_knot():
    module = load("cover/generative")
    knot = module.trefoil(300)
    last = module.denoise(knot, np.random.default_rng(7).normal(size=(40, 2)))[-1]
    assert np.linalg.norm(last[:, None] - knot, axis=-1).min(axis=1).max() < 0.1


def test_walk_in_the_grid_reaches_the_goal():
    module = load("cover/decisions")
    row, col = module.walk(module.iterate_values(sweeps=80), (5, 0))[-1]
    assert module.WORLD[row][col] == "G"


def test_pipeline_runs_all_work_and_no_device_does_two_things_at_once():
    module = load("cover/scaling")
    ends = module.schedule()
    assert len(ends) == 2 * module.DEVICES * module.BATCHES
    for device in range(module.DEVICES):
        spans = sorted((end - module.SECONDS[task[0]], end) for task, end in ends.items() if task[1] == device)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    bubble = (module.DEVICES - 1) * sum(module.SECONDS.values())  # what the formula says is idle
    assert max(ends.values()) == module.BATCHES * sum(module.SECONDS.values()) + bubble


def test_simulated_latency_follows_the_queueing_curve():
    latency = load("cover/production").simulate(0.5, np.random.default_rng(0))
    assert latency.mean() == pytest.approx(2, rel=0.1)


def test_chain_folds_without_crossing_itself():
    module = load("cover/applications")
    chain = module.fold(np.random.default_rng(1), trials=7000)
    assert len(np.unique(chain, axis=0)) == len(module.CHAIN)
    assert (np.abs(np.diff(chain, axis=0)).sum(axis=1) == 1).all()
    assert len(module.contacts(chain)) >= 10


def test_walks_read_what_numpy_reads():
    module = load("foundations/strides")
    memory = np.array(module.STORAGE)
    views = list(module.views().values())
    expected = [memory.reshape(2, 3), memory.reshape(2, 3).T, np.lib.stride_tricks.sliding_window_view(memory, 3)]
    for view, table in zip(views, expected, strict=True):
        assert view.storage is module.STORAGE
        assert tuple(step * memory.itemsize for step in view.strides) == table.strides
        np.testing.assert_array_equal(view.tolist(), table)
        np.testing.assert_array_equal(memory[module.places(view)], table)


def test_the_four_differences_meant_are_the_diagonal():
    module = load("foundations/broadcast")
    difference = module.PREDICTION - module.TARGET
    assert difference.shape == (4, 4)
    np.testing.assert_array_equal(difference.diagonal(), module.PREDICTION[:, 0] - module.TARGET)


def test_the_model_waits_as_the_panels_say():
    module = load("foundations/starved")
    waits = {}
    for workers in module.PANELS:
        batches = module.schedule(workers)
        waits[workers] = [after.step - before.done for before, after in pairwise(batches)]
        for worker in range(max(workers, 1)):
            mine = [batch for batch in batches if batch.worker == worker]
            assert all(before.ready <= after.load for before, after in pairwise(mine))
    assert set(waits[0]) == {module.LOAD}
    assert set(waits[1]) == {module.LOAD - module.STEP}
    assert set(waits[2]) == {0}


def test_a_ring_gives_each_process_one_sum_and_then_all():
    module = load("scaling/ring")
    states = module.rounds()
    complete = [[sum(len(terms) == module.P for terms in row) for row in state] for state in states]
    assert complete[module.P - 1] == [1] * module.P
    assert complete[-1] == [module.P] * module.P
    for before, after in pairwise(states):
        assert all(a <= b for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True))


def test_what_is_held_at_each_stage_is_the_formula():
    from largemodels.scaling.collectives import zero_bytes

    module = load("scaling/held")
    titles = [ax.get_title() for ax in module.draw().axes]
    assert titles == [f"stage {stage}: {zero_bytes(stage, module.PROCESSES):g} bytes" for stage in range(4)]
