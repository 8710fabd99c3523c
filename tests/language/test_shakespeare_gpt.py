import hashlib

import pytest
import torch

from largemodels.language import shakespeare_gpt
from largemodels.language.gpt import GPT
from largemodels.language.pretraining import Plan, Pretraining, validate
from largemodels.language.sampling import generate
from largemodels.language.texts import load_shakespeare

SHA256 = "e6fb70f8d2d993aa61c38f5996dff9b9eff0a87a35f317ac6c520719059cdc7a"


def test_the_file_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(shakespeare_gpt.WEIGHTS.read_bytes()).hexdigest() == SHA256
    assert shakespeare_gpt.WEIGHTS.stat().st_size < 3.5e6


def test_it_writes_words() -> None:
    model, alphabet = shakespeare_gpt.load()
    text = alphabet.decode(generate(model, alphabet.encode("To be, or ")[None], 60)[0])
    assert any(word in text.split() for word in ("the", "not", "and", "to"))


@pytest.mark.models
def test_its_loss_is_the_recorded_one() -> None:
    model, alphabet = shakespeare_gpt.load()
    loss = validate(model, alphabet.encode(load_shakespeare()[1]), 128, 256)
    recorded = shakespeare_gpt.recorded().validation.iloc[-1]
    assert loss == pytest.approx(recorded, abs=0.002)
    assert 1.5 < loss < 1.6


@pytest.mark.models
def test_a_run_begins_as_the_recorded_one() -> None:
    shipped, alphabet = shakespeare_gpt.load()
    torch.manual_seed(0)
    plan = Plan(steps=3300, batch=8, length=128, rate=3e-3, warmup=50, decay=0.1)
    run = Pretraining(GPT(shipped.config), alphabet.encode(load_shakespeare()[0]), plan, 0)
    losses = [run.step() for _ in range(8)]
    assert losses == pytest.approx(shakespeare_gpt.recorded().loss[:8].tolist(), abs=0.02)
