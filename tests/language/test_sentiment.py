"""Classifiers of movie sentences: what they learn from, and that the record is what they give."""

import itertools

import pandas as pd
import pytest

from largemodels.language import sentiment, sentiment_record


def test_the_record_is_complete():
    runs = sentiment.recorded()
    assert list(runs) == [*sentiment_record.NAMES, *sentiment_record.RESULTS]
    asked = set(itertools.product(sentiment_record.READERS, range(5)))
    assert set(runs[sentiment_record.NAMES].itertuples(index=False, name=None)) == asked
    assert len(runs) == len(asked)
    assert runs["accuracy"].between(0.65, 0.85).all()


@pytest.mark.models
def test_no_sentence_stands_on_both_sides():
    data = sentiment.split(3, n=100)
    assert (len(data.train), len(data.test)) == (100, 10_505)
    assert data.X.shape == (100, sentiment.LONGEST)
    assert set(data.y.tolist()) == {0, 1}
    texts, labels = sentiment.load_snippets()
    assert sorted(data.train + data.test) == sorted(texts)
    assert data.y[0] == labels[texts.index(data.train[0])]


@pytest.mark.models
def test_words_are_numbered_by_what_is_learned_from():
    data = sentiment.split(3, n=5)
    known = {word for text in data.train for word in sentiment.vocabulary([text], 100)}
    assert data.X_test.max() == len(known) + 1  # 0 and 1 are taken


@pytest.mark.models
def test_the_recorder_repeats_a_recorded_run_and_no_run_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    monkeypatch.setattr("sys.argv", ["record", "--readers", "word counts", "--seeds", "2", "--out", str(out)])
    sentiment_record.main()
    assert capsys.readouterr().out.startswith("word counts\t2\t0.")
    (run,) = pd.read_csv(out).itertuples(index=False, name=None)
    assert agrees(*run)
    sentiment_record.main()
    assert capsys.readouterr().out == ""


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("name", sentiment.NETWORKS)
def test_a_network_agrees_with_the_record(name, one_thread):
    assert agrees(name, 1, sentiment.score(name, 1))


def agrees(name: str, seed: int, accuracy: float) -> bool:
    """Tell whether a reader scores as recorded: another processor rounds otherwise, and drifts a little."""
    runs = sentiment.recorded().set_index(["reader", "seed"])["accuracy"]
    return abs(runs[name, seed] - accuracy) <= 0.02


@pytest.mark.models
def test_the_same_words_are_those_that_the_networks_see():
    data = sentiment.split(3, n=200)
    row = data.X[0]
    assert sentiment.known_words(row) == [i for i in row.tolist() if i not in (0, 1)]
    assert 0.45 < sentiment.count_same_words(data) < 0.75
