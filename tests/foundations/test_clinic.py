"""Each patient of the clinic is named rightly, by what its run leaves behind."""

import dataclasses
import inspect

import numpy as np
import pytest
import torch

from largemodels.foundations.clinic import probes
from largemodels.foundations.clinic.diagnose import TESTS, diagnose
from largemodels.foundations.clinic.healthy import Healthy, convolutional
from largemodels.foundations.clinic.patients import (
    PATIENTS,
    DeadReLUs,
    DoubleSoftmax,
    EvalForgotten,
    Leak,
    NoZeroGrad,
    RateTooHigh,
    RateTooLow,
    ShuffledLabels,
    WrongSign,
    difference,
)
from largemodels.foundations.clinic.record import Record, examine, follow
from largemodels.foundations.fitting import accuracy

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("one_thread")]

ALL = [Healthy, *PATIENTS]
STAGE_OF = {"rate": "step", "depth": "build"}  # numbers, and the stage that they belong to


@pytest.fixture(scope="module")
def healthy() -> Record:
    return examine(Healthy(3))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("patient", ALL, ids=lambda p: p.__name__)
def test_each_patient_gets_its_name(patient, seed):
    assert diagnose(examine(patient(seed))).fault == patient.fault


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("patient", ALL, ids=lambda p: p.__name__)
def test_each_patient_gets_its_name_as_a_convolutional_network(patient, seed):
    assert diagnose(examine(convolutional(patient)(seed))).fault == patient.fault


def test_each_patient_does_a_single_stage_otherwise():
    for patient in PATIENTS:
        changed = {name for name, value in vars(patient).items() if inspect.isfunction(value) or name in STAGE_OF}
        assert len({STAGE_OF.get(name, name) for name in changed}) == 1
        assert 1 <= difference(patient).count("\n") + 1 <= 6


def test_difference_shows_the_broken_line():
    assert difference(WrongSign).split("\n") == [
        "-        p -= self.rate * p.grad",
        "+        p += self.rate * p.grad",
    ]
    assert difference(NoZeroGrad) == "-self.network.zero_grad()"
    assert difference(RateTooHigh).split("\n") == ["-rate = 0.1", "+rate = 3.0"]
    assert difference(DoubleSoftmax) == "+return nn.Sequential(*super().build(), nn.Softmax(dim=1))"


def test_every_fault_has_a_test_and_a_diagnosis_has_its_number(healthy):
    assert [t.fault for t in TESTS] == [*(p.fault for p in PATIENTS), "unexplained"]
    assert diagnose(healthy).fault == "healthy"
    bytes_in = diagnose(dataclasses.replace(healthy, input_rms=85.0))
    assert bytes_in.fault == "unnormalized inputs"
    assert "85" in bytes_in.evidence
    assert "standard deviation" in bytes_in.cure


def test_what_no_test_explains_is_called_so(healthy):
    assert diagnose(dataclasses.replace(healthy, test_accuracy=0.3)).fault == "unexplained"


def test_watching_changes_nothing():
    watched, alone = Healthy(5), Healthy(5)
    watched.steps = 25
    log, _, _ = follow(watched)
    batches = alone.batches()
    losses = [alone.step(*next(batches)) for _ in range(25)]
    assert log["loss"].tolist() == losses
    for p, q in zip(watched.network.parameters(), alone.network.parameters(), strict=True):
        assert torch.equal(p, q)


def test_the_same_seed_gives_the_same_record(healthy):
    again = examine(Healthy(3))
    for field in dataclasses.fields(Record):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(healthy, field.name))


def test_the_log_agrees_with_its_definitions(healthy):
    ratio = healthy.update / healthy.gradient
    np.testing.assert_allclose(ratio, Healthy.rate, rtol=1e-3)  # plain descent: step = rate * gradient
    np.testing.assert_allclose(healthy.surplus, 1, rtol=1e-6)
    checked = healthy.alignment[::10]
    np.testing.assert_allclose(checked, 1, rtol=1e-4)
    assert np.isnan(np.delete(healthy.alignment, np.s_[::10])).all()
    assert healthy.loss[0] == pytest.approx(np.log(10), abs=0.2)


def test_the_log_of_a_forgotten_eval_mode_is_the_healthy_log(healthy):
    log, _, _ = follow(EvalForgotten(3))
    for name, column in log.items():
        np.testing.assert_array_equal(column, getattr(healthy, name))


@pytest.mark.parametrize("patient", ALL, ids=lambda p: p.__name__)
def test_overfitting_one_batch_tells_the_network_and_step_from_data_and_examination(patient):
    learns = patient in (Healthy, Leak, ShuffledLabels, EvalForgotten)
    result = probes.overfit_one_batch(patient(0))
    assert (result.accuracy > 0.98 and result.loss < 0.1) == learns


def test_a_stretched_step_tells_sign_and_rate():
    factors = np.array([0, 0.01, 0.25, 1, 4, 100])
    before, little, _, whole, more, far = probes.stretch(Healthy(0), factors)
    assert far > before > little > whole > more  # downhill, and not yet at the bottom
    before, little, quarter, whole, more, far = probes.stretch(WrongSign(0), factors)
    assert before < little < quarter < whole < more
    before, little, quarter, whole, more, far = probes.stretch(RateTooLow(0), factors)
    assert before > little > quarter > whole > more > far  # a hundred times as far is better still
    before, little, quarter, whole, more, far = probes.stretch(RateTooHigh(0), factors)
    assert quarter < whole < more
    assert more > before


def test_twins_are_found_with_and_without_noise():
    images = torch.randn(60, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    test = images[50:].clone()
    assert not probes.twins(images[:50], test).any()
    test[3] = images[7]
    test[4] = images[8] + 0.01
    assert probes.twins(images[:50], test).nonzero().flatten().tolist() == [3, 4]


def test_leaked_images_are_known_by_heart():
    patient = Leak(0)
    record = examine(patient)
    images, labels = patient.test
    twin = probes.twins(patient.train[0], images)
    twins = images[twin], labels[twin]
    assert record.twin_share > 0.2
    assert accuracy(patient.network, *twins) > record.test_accuracy + 0.02


def test_neighbors_agree_on_labels_unless_shuffled():
    images, labels = Healthy(0).test
    assert probes.neighbor_agreement(images, labels) > 0.8
    assert probes.neighbor_agreement(images, labels[torch.randperm(len(labels))]) < 0.2


def test_dead_units_get_no_gradient():
    log, _, _ = follow(DeadReLUs(0))
    assert (log["silent"][0] == 1).all()
    assert (log["gradient"][0] == 0).all()
