import hashlib

import pytest
import torch
from torch import Generator

from largemodels.language import reasoning as r
from largemodels.language.gpt import GPT, llama

S = r.STOP
ASKED = torch.tensor([[3, 2, 4, 0, 2, r.EQUALS]])  # the sum is 11: 1 modulo 5
RUNNING = [3, 0, 4, 4, 1]


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([1, S, S, S, S, S], 1),
        ([*RUNNING, S], 1),
        ([0, 0, 1, S, 4, 4], 1),  # only the last digit before the stop counts
        ([2, S, 1, S, S, S], 0),
        ([S, 1, S, S, S, S], 0),  # nothing is written
        ([1, 1, 1, 1, 1, 1], 0),  # no stop
        ([r.EQUALS, S, S, S, S, S], 0),
    ],
    ids=str,
)
def test_the_verifier_reads_the_last_digit(answer: list[int], right: int) -> None:
    assert r.verify(ASKED, torch.tensor([answer])).tolist() == [right]


def test_demonstrations_are_right_in_both_ways() -> None:
    generator = Generator().manual_seed(0)
    asked = r.questions(500, generator)
    shown = r.demonstrate(asked, 0.3, generator)
    assert r.verify(asked, shown).all()
    lengths = r.written(shown).sum(dim=1)
    assert set(lengths.tolist()) == {2, 6}
    assert (lengths == 6).float().mean().item() == pytest.approx(0.3, abs=0.06)
    assert r.demonstrate(ASKED, 1.0, generator).tolist() == [[*RUNNING, S]]


def test_what_comes_after_the_stop_is_not_written() -> None:
    answers = torch.tensor([[1, S, 4, S, 2, 2], [1, 2, 3, 4, 1, 1]])
    assert r.written(answers).tolist() == [[True] * 2 + [False] * 4, [True] * 6]


def test_advantages_compare_within_a_group() -> None:
    found = r.advantages(torch.tensor([[1.0, 0, 0, 0], [1, 1, 1, 1]]))
    torch.testing.assert_close(found, torch.tensor([[1.5, -0.5, -0.5, -0.5], [0, 0, 0, 0]]))


def new_model() -> GPT:
    torch.manual_seed(0)
    return GPT(llama(r.VOCABULARY, 12, 16, 1, 2))


def test_the_loss_makes_good_answers_likelier_and_bad_ones_rarer() -> None:
    model = new_model()
    asked = ASKED.expand(2, -1)
    answers = torch.tensor([[1, S, S, S, S, S], [2, S, S, S, S, S]])
    wrote = r.written(answers)
    before = (r.log_probabilities(model, asked, answers) * wrote).sum(dim=1)
    r.policy_loss(model, asked, answers, torch.tensor([1.0, -1.0])).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
    after = (r.log_probabilities(model, asked, answers) * wrote).sum(dim=1)
    assert after[0] > before[0]
    assert after[1] < before[1]


def test_log_probabilities_are_those_of_the_roll_out() -> None:
    """A model that always says the same has probability one of saying it."""
    model = new_model()
    with torch.no_grad():
        model.embed.weight.mul_(200)  # so sure that every draw is the likeliest token
    answers = r.roll_out(model, ASKED, Generator().manual_seed(0))
    scores = model(torch.cat([ASKED, answers[:, :-1]], dim=1))[:, 5:]
    torch.testing.assert_close(
        r.log_probabilities(model, ASKED, answers), scores.log_softmax(-1).gather(2, answers[..., None])[..., 0]
    )


def test_imitation_leaves_out_what_comes_after_the_stop() -> None:
    model = new_model()
    one, other = torch.tensor([[1, S, S, S, S, S]]), torch.tensor([[1, S, 3, 3, 3, 3]])
    torch.testing.assert_close(r.imitate(model, ASKED, one), r.imitate(model, ASKED, other))


SHA256 = "6f2df670bf83c68b8a8a256236eec6052d6b2bda74f6bc5533435d3a2a8cd2d6"


def test_the_base_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(r.WEIGHTS.read_bytes()).hexdigest() == SHA256


def test_the_base_half_knows_sums() -> None:
    found = r.measure(r.load_base(), n=200)
    assert found["reward"] == pytest.approx(0.315, abs=0.03)
    assert found["sums"] == pytest.approx(0.16, abs=0.03)
    assert 0.7 < found["sums in k"] < 0.95
    assert found["length"] == pytest.approx(3.1, abs=0.2)


def test_sums_are_right_only_as_a_whole() -> None:
    sums = ASKED[:, :5].cumsum(dim=1) % 5
    whole = torch.cat([sums, torch.tensor([[S]])], dim=1)
    wrong = whole.clone()
    wrong[0, 1] = (wrong[0, 1] + 1) % 5
    at_once = torch.cat([sums[:, -1:], torch.full((1, 5), S)], dim=1)
    for answers, right in ((whole, 1), (wrong, 0), (at_once, 0)):
        assert r.sums_right(ASKED, answers).tolist() == [right]
    assert r.verify(ASKED, wrong).item() == r.verify(ASKED, at_once).item() == 1
