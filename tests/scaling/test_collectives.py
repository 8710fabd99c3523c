"""Formulas of exchanges and of ZeRO, against runs of them in small and the paper's figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.scaling import collectives

processes = st.integers(1, 5000)


@given(P=processes, message=st.integers(0, 10**12))
def test_a_ring_is_two_halves_and_never_two_messages(P: int, message: int) -> None:
    assert collectives.ring(message, P) == pytest.approx(2 * collectives.half_ring(message, P))
    assert collectives.ring(message, P) <= 2 * message


def test_a_ring_takes_as_many_messages_as_rounds() -> None:
    assert collectives.ring_seconds(1200, 4, alpha=1, beta=0) == 6
    assert collectives.ring_seconds(1200, 4, alpha=0, beta=0.01) == pytest.approx(0.01 * collectives.ring(1200, 4))


@pytest.mark.parametrize(("stage", "limit"), [(0, 16), (1, 8), (2, 4), (3, 0)])
def test_stages_with_few_and_with_many_processes(stage: int, limit: float) -> None:
    assert collectives.zero_bytes(stage, 1) == 16
    assert collectives.zero_bytes(stage, 10**9) == pytest.approx(limit, abs=1e-6)


@given(P=st.integers(2, 5000))
def test_each_stage_holds_less_and_only_the_last_sends_more(P: int) -> None:
    held = [collectives.zero_bytes(stage, P) for stage in range(4)]
    assert held == sorted(held, reverse=True)
    assert len(set(held)) == 4
    sent = [collectives.zero_sent(stage, P) for stage in range(4)]
    assert sent[0] == sent[1] == sent[2] == pytest.approx(sent[3] / 1.5)
