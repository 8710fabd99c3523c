"""Frozen features against counted words: who sees what, and that the record is what they give."""

import itertools

import numpy as np
import pandas as pd
import pytest

from largemodels.language import frozen, frozen_record


def test_each_classifier_sorts_by_what_it_is_given():
    labels = np.arange(200) % 2
    texts = [("a fine film" if good else "a dull film") + f" number {i}" for i, good in enumerate(labels)]
    features = np.random.default_rng(0).normal(size=(200, 4))
    by_words, by_noise = frozen.compare(frozen.Sentences(texts, features, labels), 100, seed=0)
    assert by_words == 1
    assert by_noise < 0.7
    features[:, 0] = labels
    assert frozen.compare(frozen.Sentences(["the same"] * 200, features, labels), 100, seed=0)[1] == 1


def test_the_record_is_complete():
    runs = frozen.recorded()
    assert list(runs) == frozen.COLUMNS
    asked = set(itertools.product(frozen_record.LABELS, frozen_record.SEEDS))
    assert set(runs[["labels", "seed"]].itertuples(index=False, name=None)) == asked
    assert len(runs) == len(asked)


def test_the_features_help_most_where_labels_are_few():
    runs = frozen.recorded()
    gain = (runs["MiniLM"] - runs["TF-IDF"]).groupby(runs["labels"])
    assert gain.min().min() > 0
    assert gain.mean()[200] > gain.mean()[2000] + 0.03


@pytest.mark.models
@pytest.mark.slow
def test_the_recorder_repeats_a_recorded_split_and_none_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    monkeypatch.setattr("sys.argv", ["record", "--labels", "200", "--seeds", "3", "--out", str(out)])
    frozen_record.main()
    (run,) = pd.read_csv(out).itertuples(index=False, name=None)
    kept = frozen.recorded().set_index(["labels", "seed"]).loc[(200, 3)]
    assert abs(kept - run[2:]).max() < 0.02
    capsys.readouterr()
    frozen_record.main()
    assert capsys.readouterr().out == ""
