import numpy as np
import pandas as pd
import pytest

from largemodels.language import scaling, scaling_record

N, D = (axis.ravel() for axis in np.meshgrid(np.geomspace(3e3, 5e5, 6), np.geomspace(1e5, 2e6, 5)))


def test_a_planted_law_is_found() -> None:
    planted = scaling.Law(E=1.0, A=30.0, alpha=0.4, B=800.0, beta=0.6)
    found = scaling.fit(N, D, planted(N, D))
    assert (found.alpha, found.beta) == pytest.approx((0.4, 0.6))
    assert pytest.approx([1.0, 30.0, 800.0], rel=1e-3) == [found.E, found.A, found.B]


def test_losses_that_rise_are_no_law() -> None:
    with pytest.raises(ValueError, match="No law"):
        scaling.fit(N, D, 5 - scaling.Law(5.0, 30.0, 0.4, 800.0, 0.6)(N, D))


def test_what_is_recorded_is_what_is_asked_for() -> None:
    recorded = scaling.recorded()
    assert list(recorded.columns) == scaling.COLUMNS
    rows = {tuple(row) for row in recorded[scaling.COLUMNS[:-1]].itertuples(index=False)}
    assert rows == {tuple(run.row()) for run in scaling.RUNS}


@pytest.mark.models
def test_the_smallest_run_comes_out_as_recorded() -> None:
    recorded = scaling.recorded().set_index(["width", "steps", "seed"])["loss"]
    smallest = scaling.RUNS[0]
    assert scaling.loss_of(smallest) == pytest.approx(recorded[smallest.width, smallest.steps, smallest.seed], abs=0.02)


def test_a_given_floor_is_kept() -> None:
    planted = scaling.Law(E=1.0, A=30.0, alpha=0.4, B=800.0, beta=0.6)
    found = scaling.fit(N, D, planted(N, D), floor=1.0)
    assert (found.E, found.alpha, found.beta) == pytest.approx((1.0, 0.4, 0.6))
    assert scaling.fit(N, D, planted(N, D), floor=0.5).alpha < 0.4


def test_a_law_misses_by_what_it_is_off() -> None:
    law = scaling.Law(1.0, 30.0, 0.4, 800.0, 0.6)
    runs = pd.DataFrame({"parameters": N, "tokens": D, "loss": law(N, D) + 0.25})
    assert scaling.miss(law, runs) == pytest.approx(0.25)


def test_the_published_laws_disagree_about_the_best_size() -> None:
    compute = 6 * 70e9 * 1.4e12  # Chinchilla's own, in multiply-adds
    sizes = np.geomspace(1e9, 1e12, 400)
    best = [sizes[law(sizes, compute / 6 / sizes).argmin()] for law in (scaling.CHINCHILLA, scaling.REFITTED)]
    assert best[1] == pytest.approx(70e9, rel=0.3)
    assert best[0] < 0.6 * best[1]


@pytest.mark.models
def test_the_recorder_repeats_a_recorded_run_and_no_run_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    monkeypatch.setattr("sys.argv", ["record", "--first", "1", "--out", str(out)])
    scaling_record.main()
    capsys.readouterr()
    (run,) = pd.read_csv(out).itertuples(index=False, name=None)
    kept = scaling.recorded().set_index(scaling.COLUMNS[:-1])["loss"]
    assert run[-1] == pytest.approx(kept[run[:-1]], abs=0.02)
    scaling_record.main()
    monkeypatch.setattr("sys.argv", ["record", "--out", str(scaling.RECORDED)])
    scaling_record.main()  # the shipped file lacks nothing
    assert capsys.readouterr().out == ""
