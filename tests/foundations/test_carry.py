"""Features sorted layer by layer: what the probe can tell and can't, and that the record is what it gives."""

import itertools

import pandas as pd
import pytest
import torch

from largemodels.foundations import carry, carry_record
from largemodels.foundations.efficientnet import load
from largemodels.foundations.pictograms import load_pictograms, split
from largemodels.foundations.reuse import stage_features

KINDS = torch.arange(6).repeat_interleave(40)


def noise(channels: int) -> torch.Tensor:
    return torch.randn(len(KINDS), channels, generator=torch.Generator().manual_seed(0))


def test_features_that_tell_the_kinds_apart_sort_all_whatever_their_scale():
    features = noise(12)
    features[torch.arange(len(KINDS)), KINDS] += 20  # one channel a kind; the other six tell nothing
    assert carry.probe(features, KINDS, 5, seed=0) == 1
    for scale in (1e-3, 1e3):
        assert carry.probe(features * scale + torch.arange(12), KINDS, 5, seed=0) == 1


def test_a_channel_that_is_nearly_silent_in_training_does_not_drown_the_others():
    features = noise(12)
    features[torch.arange(len(KINDS)), KINDS] += 20
    train, _ = split(KINDS, 5, 8, seed=0)
    features[:, 7] *= 100
    features[train, 7] = 0  # as the head's channels: silent on a few images, loud on others
    assert carry.probe(features, KINDS, 5, seed=0) > 0.9


def test_features_that_tell_nothing_sort_one_in_six():
    accuracies = [carry.probe(noise(30), KINDS, 16, seed, n_test=20) for seed in range(20)]
    mean = sum(accuracies) / len(accuracies)
    assert abs(mean - 1 / 6) < 0.04  # 2,400 answers: a standard error of 0.008 were they independent


def test_a_channel_that_is_constant_does_no_harm():
    features = torch.cat([torch.nn.functional.one_hot(KINDS), torch.ones(len(KINDS), 1)], dim=1)
    assert carry.probe(features, KINDS, 2, seed=0) == 1


def test_the_test_images_are_not_learned_from():
    features = noise(300)  # enough channels to learn any 96 images by heart
    assert carry.probe(features, KINDS, 16, seed=1) < 0.4


def test_the_scale_is_that_of_the_training_images():
    features = noise(30)
    features[torch.arange(len(KINDS)), KINDS] += 50
    _, test = split(KINDS, 16, 8, seed=1)
    features[test[0], :6] = 1e6  # would hide the channels that tell, had it a part in their scale
    assert carry.probe(features, KINDS, 16, seed=1) > 0.9


def test_too_few_images_are_refused():
    with pytest.raises(ValueError, match="Kind 0 has 40 images; ask for fewer than 41"):
        carry.probe(noise(3), KINDS, 33, seed=0)


def test_the_record_is_complete():
    runs = carry.recorded()
    assert list(runs) == carry_record.COLUMNS
    asked = list(itertools.product(carry_record.SIZES, carry.LAYERS, carry_record.LABELS, carry_record.SEEDS))
    assert list(runs[["size", "layer", "n", "seed"]].itertuples(index=False, name=None)) == asked
    right = 48 * runs["accuracy"]  # of 8 test images of each of 6 kinds
    assert (right - right.round()).abs().max() < 0.01
    assert right.between(1, 48).all()


@pytest.mark.models
def test_features_agree_with_the_record():
    drawn = load_pictograms(64)
    features = dict(zip(carry.LAYERS, stage_features(load(), drawn.images), strict=True))
    for layer, n, seed in itertools.product(carry.LAYERS, carry_record.LABELS, (0, 7)):
        assert agrees(64, layer, n, seed, carry.probe(features[layer], drawn.kinds, n, seed)), (layer, n, seed)


@pytest.mark.models
def test_the_recorder_repeats_recorded_runs_and_no_run_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    few = ["record", "--sizes", "64", "--labels", "2", "--out", str(out), "--seeds", "3"]
    monkeypatch.setattr("sys.argv", few)
    carry_record.main()
    assert capsys.readouterr().out == "64 pixels: 9 runs\n"
    first = pd.read_csv(out)
    assert list(first) == carry_record.COLUMNS
    assert tuple(first["layer"]) == carry.LAYERS
    assert all(agrees(*run) for run in first.itertuples(index=False, name=None))
    carry_record.main()
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("sys.argv", [*few, "4"])
    carry_record.main()
    assert capsys.readouterr().out == "64 pixels: 9 runs\n"
    both = pd.read_csv(out)
    assert len(both) == 18
    assert both[both["seed"] == 3].reset_index(drop=True).equals(first)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sizes", "16"], "16 won't do; give a whole number from 32 to 512."),
        (["--labels", "20"], "20 won't do; give a whole number from 1 to 19."),
        (["--seeds", "two"], "two won't do; give a whole number from 0 to 1000000."),
        (["--out", "nowhere/runs.csv"], "nowhere/runs.csv can't be written; name a file in a folder that exists."),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(arguments, sentence, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["record", *arguments])
    with pytest.raises(SystemExit, match="2"):
        carry_record.main()
    assert sentence in capsys.readouterr().err


def test_a_file_of_something_else_is_left_alone(tmp_path, monkeypatch):
    out = tmp_path / "other.csv"
    out.write_text("way,n\nfrozen,1\n", "utf-8")
    monkeypatch.setattr("sys.argv", ["record", "--out", str(out)])
    with pytest.raises(SystemExit, match="holds no runs of this kind; name another file with --out"):
        carry_record.main()
    assert out.read_text("utf-8") == "way,n\nfrozen,1\n"


def agrees(size: int, layer: str, n: int, seed: int, accuracy: float) -> bool:
    """Tell whether a run sorts as many pictograms as recorded, but for one: another processor rounds otherwise."""
    runs = carry.recorded()
    runs = runs[(runs["size"] == size) & (runs["layer"] == layer) & (runs["n"] == n) & (runs["seed"] == seed)]
    return abs(runs["accuracy"].iloc[0] - accuracy) <= 0.03
