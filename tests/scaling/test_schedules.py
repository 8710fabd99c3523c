"""Orders against those of `torch.distributed.pipelining`, bubbles and memory against published formulas."""

from collections.abc import Callable
from fractions import Fraction

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch.distributed.pipelining import schedules as theirs
from torch.distributed.pipelining._schedule_visualizer import get_schedule_ops

from largemodels.core.plot import COLORS
from largemodels.scaling import timelines
from largemodels.scaling.schedules import (
    Order,
    Slot,
    bubble,
    gpipe,
    idle,
    in_flight,
    interleaved,
    one_f_one_b,
    read,
    simulate,
    zero_bubble,
)

SIZES = [(1, 1), (1, 3), (2, 2), (2, 5), (3, 7), (4, 4), (4, 8), (5, 20), (8, 8), (8, 32)]
ROUND = [(P, M) for P, M in SIZES if M % P == 0]
KINDS = {"F": "F", "B": "B", "I": "B", "W": "W"}  # theirs: I is the input's gradient where B is cut in two

times = st.integers(1, 9).map(float)
shapes = st.tuples(st.integers(1, 5), st.integers(1, 12))
chunked = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))  # P, rounds, V


def orders_of(shape: tuple[int, int]) -> list[list[Order]]:
    return [make(*shape) for make in (gpipe, one_f_one_b, zero_bubble)]


def ops(schedule: str | type, P: int, M: int, V: int) -> list[Order]:
    """Return torch's order, what moves data and the steps that it waits left out."""
    table = get_schedule_ops(schedule, P, M, V)
    texts = [[(op.computation_type.value, op.stage_index, op.microbatch_index) for op in row if op] for row in table]
    return [[(KINDS[kind], stage, micro) for kind, stage, micro in row if kind in KINDS] for row in texts]


def span(slots: list[Slot]) -> float:
    return max(slot.end for slot in slots)


# Orders.


@pytest.mark.parametrize(("P", "M"), SIZES)
def test_gpipe_is_that_of_torch(P: int, M: int) -> None:
    assert gpipe(P, M) == ops("GPipe", P, M, 1)


@pytest.mark.parametrize(("P", "M"), SIZES)
def test_1f1b_is_that_of_torch(P: int, M: int) -> None:
    """Its table numbers the last process's forward passes from 1 (in 2.13), though it runs them from 0."""
    expected = ops("1F1B", P, M, 1)
    if expected[-1][0] == ("F", P - 1, 1):
        expected[-1] = [(kind, stage, micro - (kind == "F")) for kind, stage, micro in expected[-1]]
    assert one_f_one_b(P, M) == expected


@pytest.mark.parametrize(("P", "M"), ROUND)
@pytest.mark.parametrize("V", [2, 3])
def test_interleaved_is_that_of_torch(P: int, M: int, V: int) -> None:
    assert interleaved(P, M, V) == ops("Interleaved1F1B", P, M, V)


@pytest.mark.parametrize(("P", "M"), ROUND)
def test_zero_bubble_is_that_of_torch_with_one_stage_each(P: int, M: int) -> None:
    assert zero_bubble(P, M) == torch_zero_bubble(P, M)


def torch_zero_bubble(P: int, M: int) -> list[Order]:
    """Torch's class takes a list of one stage; only its own way to print schedules asks for two."""

    class OneStage(theirs.ScheduleInterleavedZeroBubble):
        def __init__(self, stages: list, microbatches: int) -> None:
            stages[0].num_stages = P
            super().__init__(stages[:1], microbatches)

    return ops(OneStage, P, M, 2)


def test_one_chunk_is_1f1b() -> None:
    assert interleaved(4, 8, 1) == one_f_one_b(4, 8)


def test_interleaved_asks_for_a_multiple() -> None:
    with pytest.raises(ValueError, match="6 micro-batches don't fit 4 processes"):
        interleaved(4, 6, 2)


@given(shape=shapes)
def test_every_process_does_each_of_its_actions_once(shape: tuple[int, int]) -> None:
    P, M = shape
    for orders, kinds in zip(orders_of(shape), ("FB", "FB", "FBW"), strict=True):
        for rank, order in enumerate(orders):
            assert sorted(order) == [(kind, rank, micro) for kind in sorted(kinds) for micro in range(M)]


@given(shape=chunked)
def test_every_process_does_its_chunks_once(shape: tuple[int, int, int]) -> None:
    P, turns, V = shape
    for rank, order in enumerate(interleaved(P, turns * P, V)):
        stages = range(rank, P * V, P)
        assert sorted(order) == [
            (kind, stage, micro) for kind in "BF" for stage in stages for micro in range(turns * P)
        ]


# Time.


@given(shape=shapes, F=times, B=times, W=times, delay=times)
def test_simulated_slots_obey(shape: tuple[int, int], F: float, B: float, W: float, delay: float) -> None:
    for orders in orders_of(shape):
        obeys(orders, simulate(orders, {"F": F, "B": B, "W": W}, delay), delay)


@given(shape=chunked, F=times, B=times, delay=times)
def test_simulated_chunks_obey(shape: tuple[int, int, int], F: float, B: float, delay: float) -> None:
    P, turns, V = shape
    orders = interleaved(P, turns * P, V)
    obeys(orders, simulate(orders, {"F": F, "B": B}, delay), delay)


def obeys(orders: list[Order], slots: list[Slot], delay: float) -> None:
    """Check orders and needs, that nobody does two things at once, and that nobody waits for nothing."""
    found = {(slot.kind, slot.stage, slot.micro): slot for slot in slots}
    stages = 1 + max(slot.stage for slot in slots)
    assert len(found) == len(slots) == sum(map(len, orders))
    for rank, order in enumerate(orders):
        free = 0.0
        for kind, stage, micro in order:
            slot = found[kind, stage, micro]
            given = {"F": [("F", stage - 1)], "B": [("F", stage), ("B", stage + 1)], "W": [("B", stage)]}[kind]
            before = [found[need, at, micro] for need, at in given if 0 <= at < stages]
            arrived = [other.end + delay * (other.rank != rank) for other in before]
            assert slot.rank == rank
            assert slot.start == max([free, *arrived])
            free = slot.end
    costs = {kind: min(slot.end - slot.start for slot in slots if slot.kind == kind) for kind in ("F", "B")}
    assert span(slots) >= stages * (costs["F"] + costs["B"]) + 2 * delay * (stages - 1) * (len(orders) > 1)


@pytest.mark.parametrize("make", [gpipe, one_f_one_b])
@given(shape=shapes, F=times, B=times)
def test_the_bubble_is_on_its_formula(make: Callable, shape: tuple[int, int], F: float, B: float) -> None:
    P, M = shape
    slots = simulate(make(P, M), {"F": F, "B": B})
    assert span(slots) == (M + P - 1) * (F + B)
    assert bubble(slots) == pytest.approx(Fraction(P - 1, M + P - 1))
    assert idle(P, M) == pytest.approx(Fraction(P - 1, M + P - 1))


@given(shape=chunked, F=times, B=times)
def test_chunks_divide_the_bubble(shape: tuple[int, int, int], F: float, B: float) -> None:
    """Narayanan and others, 2021, section 2.2: (P - 1) (F + B) of a whole stage, divided by V."""
    P, turns, V = shape
    slots = simulate(interleaved(P, turns * P, V), {"F": F, "B": B})
    assert span(slots) == (V * turns * P + P - 1) * (F + B)
    assert bubble(slots) == pytest.approx(idle(P, turns * P, V))


@given(P=st.integers(1, 6), more=st.integers(0, 19), data=st.data())
def test_zero_bubble_has_the_bubble_of_its_paper(P: int, more: int, data: st.DataObject) -> None:
    """Qi and others, 2024, table 2: (P - 1) (F + B - W), where W is no longer than the others."""
    W, F, B = sorted(data.draw(st.tuples(times, times, times)))
    M = P + more
    for first, second in ((F, B), (B, F)):
        slots = simulate(zero_bubble(P, M), {"F": first, "B": second, "W": W})
        assert span(slots) - M * (F + B + W) == (P - 1) * (F + B - W)


@given(P=st.integers(1, 6), more=st.integers(1, 9), F=times, B=times, W=times)
def test_with_a_long_w_zero_bubble_waits_longer(P: int, more: int, F: float, B: float, W: float) -> None:
    """The last process waits (P - 1) F for its first micro-batch, the first one (P - 1) B for its gradient."""
    M = 3 * P + more
    slots = simulate(zero_bubble(P, M), {"F": F, "B": B, "W": W})
    assert span(slots) - M * (F + B + W) == (P - 1) * max(F + B - W, F, B)


@given(P=st.integers(2, 6), more=st.integers(0, 9))
def test_zero_bubble_has_a_third_of_the_bubble_if_all_take_as_long(P: int, more: int) -> None:
    M, cost = P + more, {"F": 1.0, "B": 1.0, "W": 1.0}
    waits = span(simulate(zero_bubble(P, M), cost)) - 3 * M
    plain = span(simulate(one_f_one_b(P, M), {"F": 1.0, "B": 2.0})) - 3 * M
    assert plain == 3 * waits > 0


def test_an_order_in_which_everybody_waits_is_told() -> None:
    orders = one_f_one_b(2, 2)
    orders[0] = [("F", 0, 0), ("B", 0, 0), ("F", 0, 1), ("B", 0, 1)]
    orders[1] = [("F", 1, 0), ("F", 1, 1), ("B", 1, 0), ("B", 1, 1)]
    expected = (
        "Everybody waits: process 0 for B of micro-batch 0 on stage 1 to do B of micro-batch 0 on stage 0; "
        r"process 1 for F of micro-batch 1 on stage 0 to do F of micro-batch 1 on stage 1\."
    )
    with pytest.raises(ValueError, match=expected):
        simulate(orders, {"F": 1, "B": 2})


def test_a_cost_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="Say what W costs"):
        simulate(zero_bubble(2, 2), {"F": 1, "B": 2})


# Memory.


@pytest.mark.parametrize(("P", "M"), SIZES)
def test_what_is_in_flight(P: int, M: int) -> None:
    cost = {"F": 1.0, "B": 2.0}
    assert in_flight(simulate(gpipe(P, M), cost)) == [M] * P
    assert in_flight(simulate(one_f_one_b(P, M), cost)) == [min(M, P - rank) for rank in range(P)]


@pytest.mark.parametrize(("P", "M"), SIZES)
def test_zero_bubble_holds_no_more_than_1f1b(P: int, M: int) -> None:
    slots = simulate(zero_bubble(P, M), {"F": 1.0, "B": 1.0, "W": 1.0})
    assert in_flight(slots) == [min(M, P)] * P


@pytest.mark.parametrize(("P", "M"), [(P, M) for P, M in ROUND if M >= 2 * P and P > 1])
@pytest.mark.parametrize("V", [2, 3])
def test_chunks_cost_memory(P: int, M: int, V: int) -> None:
    """Korthikanti and others, 2023: on the first process 1 + (P - 1) / (P V) times as much as without."""
    most = in_flight(simulate(interleaved(P, M, V), {"F": 1.0, "B": 2.0}))
    assert Fraction(most[0], V * P) == 1 + Fraction(P - 1, P * V)


# Traces and pictures.


def test_a_trace_is_read_from_zero_on() -> None:
    trace = [
        [{"kind": "F", "stage": 0, "micro": 0, "start": 5.0, "end": 6.0}],
        [{"kind": "F", "stage": 1, "micro": 0, "start": 6.5, "end": 7.0}],
    ]
    slots = read({"ranks": [{"trace": own} for own in trace], "losses": [1.0]})
    assert slots == [Slot(0, "F", 0, 0, 0.0, 1.0), Slot(1, "F", 1, 0, 1.5, 2.0)]
    assert bubble(slots) == 1 - 1.5 / 4


def picture(slots: list[Slot], end: float | None = None) -> Figure:
    fig, ax = plt.subplots(figsize=(6.5, 2), layout="constrained")
    timelines.draw(ax, slots, end)
    timelines.name(ax, slots)
    plt.close(fig)
    return fig


def test_a_timeline_has_each_action_in_its_place() -> None:
    slots = simulate(zero_bubble(3, 6), {"F": 1.0, "B": 1.0, "W": 1.0})
    [ax] = picture(slots).axes
    drawn = {
        (box.get_y() + box.get_height() / 2, box.get_x(), box.get_width(), to_hex(box.get_facecolor()))
        for box in ax.patches
        if isinstance(box, Rectangle) and box.get_facecolor()[3]
    }
    assert drawn == {(s.rank, s.start, 1.0, COLORS[timelines.LOOKS[s.kind]]) for s in slots}
    assert ax.get_xlim() == (0, span(slots))
    texts = [text.get_text() for text in ax.texts]
    assert texts == [*(str(slot.micro) for slot in slots), "backward", "forward", "weights"]


def test_numbers_that_do_not_fit_are_left_out() -> None:
    slots = simulate(one_f_one_b(2, 9), {"F": 1.0, "B": 2.0})
    numbers = [text for text in picture(slots, end=60.0).axes[0].texts if text.get_text().isdigit()]
    backward = [str(slot.micro) for slot in slots if slot.kind == "B"]
    assert [text.get_text() for text in numbers] == backward


def test_later_chunks_are_fainter() -> None:
    slots = simulate(interleaved(2, 2, 3), {"F": 1.0, "B": 2.0})
    boxes = [box for box in picture(slots).axes[0].patches if box.get_facecolor()[3]]
    alphas = {slot.stage // 2: box.get_facecolor()[3] for slot, box in zip(slots, boxes, strict=True)}
    assert alphas == pytest.approx({0: 1.0, 1: 0.7, 2: 0.4})


@given(P=st.integers(2, 6), M=st.integers(6, 20), slow=st.integers(0, 5), times=st.integers(2, 5))
def test_all_wait_for_a_slow_stage(P: int, M: int, slow: int, times: int) -> None:
    slots = simulate(gpipe(P, M), {"F": 1, "B": 2}, slower={slow % P: times})
    assert max(slot.end for slot in slots) == 3 * (times * M + P - 1), "the others fill and empty the pipeline"
