"""Five ways from few labels to many: what they start from, and that the record is what they give."""

import itertools

import pytest
import torch

from largemodels.foundations import few_labels, few_labels_record
from largemodels.foundations.efficientnet import EfficientNetLite0


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    torch.manual_seed(7)
    return EfficientNetLite0()


def test_the_record_is_complete():
    runs = few_labels.recorded()
    assert list(runs) == few_labels_record.COLUMNS
    asked = {
        (way, n, seed, few_labels.steps_for(way, n))
        for way, n, seed in itertools.product(few_labels.WAYS, few_labels_record.LABELS, range(1, 5))
    }
    way, n, steps = few_labels_record.LONGER
    asked |= {(way, n, seed, steps) for seed in range(1, 5)}
    assert set(runs[["way", "n", "seed", "steps"]].itertuples(index=False, name=None)) == asked
    assert len(runs) == len(asked)
    assert runs["accuracy"].between(0.1, 1).all()


def test_fine_tuning_starts_from_the_network_and_scratch_does_not(network):
    own = network.blocks[7].project[0].weight
    tuned, scratch = (few_labels.prepare(way, network)[0] for way in ("fine-tuned", "from scratch"))
    assert torch.equal(tuned.trunk[8].project[0].weight, own)
    assert not torch.equal(scratch.trunk[8].project[0].weight, own)
    assert sum(p.numel() for p in tuned.parameters()) == sum(p.numel() for p in scratch.parameters())
    tuned.trunk[8].project[0].weight.data.zero_()
    assert own.abs().sum() > 0, "the network itself stays as it is"


@pytest.mark.parametrize("way", few_labels.TRAINED)
def test_every_parameter_has_a_rate(network, way):
    model, groups = few_labels.prepare(way, network)
    assert {id(p) for group in groups for p in group["params"]} == {id(p) for p in model.parameters()}


def test_another_way_is_refused(network):
    with pytest.raises(ValueError, match="no way 'frozen'; choose one of fine-tuned, fine-tuned, new statistics, from"):
        few_labels.prepare("frozen", network)


def test_lenet_learns_bright_from_dark_and_alike_for_a_seed(network):
    X = torch.rand(40, 3, 28, 28, generator=torch.Generator().manual_seed(0)) - 0.5
    y = torch.arange(40) % 2
    X[y == 1] += 0.5
    scores = []
    for _ in range(2):
        torch.manual_seed(0)
        model, groups = few_labels.prepare("LeNet from scratch", network)
        few_labels.fit(model, groups, X, y, steps=30, seed=0)
        scores.append(model(X).detach())
    assert torch.equal(*scores)
    assert (scores[0].argmax(1) == y).float().mean() > 0.9


@pytest.mark.models
def test_the_recorder_repeats_a_recorded_run_and_no_run_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    ways = ["--ways", "LeNet from scratch", "--labels", "1", "--seeds", "1"]
    monkeypatch.setattr("sys.argv", ["record", *ways, "--out", str(out)])
    few_labels_record.main()
    header, row = out.read_text("utf-8").splitlines()
    assert header == "way,n,seed,steps,accuracy"
    assert agrees("LeNet from scratch", 1, 1, float(row.split(",")[-1]))
    assert "LeNet from scratch\t1\t1\t400" in capsys.readouterr().out
    few_labels_record.main()
    assert capsys.readouterr().out == ""


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("way", ["fine-tuned", "from scratch"])
def test_training_agrees_with_the_record(way):
    network, images, digits = few_labels_record._material()
    assert agrees(way, 5, 2, few_labels.trained(way, network, images, digits, 5, 2, few_labels.steps_for(way, 5)))


@pytest.mark.models
@pytest.mark.slow
def test_frozen_features_agree_with_the_record():
    features = few_labels_record._features()
    _, _, digits = few_labels_record._material()
    assert agrees("frozen", 20, 3, few_labels.frozen(features, digits, 20, 3))


def test_too_many_labels_are_refused_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["record", "--labels", "500"])
    with pytest.raises(SystemExit, match="2"):
        few_labels_record.main()
    assert "500 won't do; give a whole number from 1 to 400." in capsys.readouterr().err


def agrees(way: str, n: int, seed: int, accuracy: float) -> bool:
    """Tell whether a run reads as many digits as recorded: another processor rounds otherwise, and drifts a little."""
    runs = few_labels.recorded()
    runs = runs[(runs["way"] == way) & (runs["n"] == n) & (runs["seed"] == seed)]
    return abs(runs["accuracy"].iloc[0] - accuracy) <= 0.03
