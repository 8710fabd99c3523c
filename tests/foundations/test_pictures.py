"""The chapter's pictures: the graph of an expression, and regions in the plane."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from largemodels.foundations.boundary import CLASS_COLORS, draw_points, draw_regions
from largemodels.foundations.engine import Value
from largemodels.foundations.graph import draw_graph


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_graph_shows_names_values_gradients_and_slopes():
    w, x = Value(2.0), Value(3.0)
    root = (w * x).tanh() + w
    root.backward()
    texts = [t.get_text() for t in draw_graph(root, {w: "w", x: "x"}).axes[0].texts]
    for node in (w, x, root):
        assert f"{node.data:.4g}" in texts
        assert f"{node.grad:.4g}" in texts
    assert {"w", "x", "×", "tanh", "+"} <= set(texts)


def test_graph_puts_every_node_right_of_its_parents_and_none_on_another():
    a = Value(0.5)
    b = a * a
    root = (b + a).tanh() * b
    ax = draw_graph(root, {}).axes[0]
    places = [
        t.get_position() for t in ax.texts if t.get_bbox_patch() and "Circle" in str(t.get_bbox_patch().get_boxstyle())
    ]
    assert len(places) == len(set(places)) == 5
    arrows = [(t.xyann, t.xy) for t in ax.texts if getattr(t, "arrow_patch", None)]
    assert arrows
    assert all(start[0] < end[0] for start, end in arrows)


def test_regions_cover_the_plane_with_the_winner():
    fig, ax = plt.subplots()
    draw_regions(ax, lambda p: np.stack([p[:, 0], -p[:, 0]], axis=1), (-1, 1, -1, 1), resolution=20)
    assert ax.get_xlim() == (-1, 1)
    right, left = (c.get_paths()[0] for c in ax.collections[::2])
    assert right.contains_point((0.5, 0.0))
    assert not right.contains_point((-0.5, 0.0))
    assert left.contains_point((-0.5, 0.0))


def test_points_have_a_marker_and_a_color_for_each_class():
    fig, ax = plt.subplots()
    draw_points(ax, np.zeros((4, 2)), np.array([0, 1, 1, 2]))
    assert [len(c.get_offsets()) for c in ax.collections] == [1, 2, 1]
    assert len({tuple(c.get_facecolor()[0]) for c in ax.collections}) == len(CLASS_COLORS) == 3
