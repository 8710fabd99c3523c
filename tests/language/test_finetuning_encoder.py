import pytest
import torch
from torch import Tensor

from largemodels.language.finetuning import encoder, encoder_runs, layers

TEXTS = ["fine", "a dull film that never ends and has nothing to say", "bad", "moving"]


def test_accuracy_is_the_share_that_is_sorted_as_labeled() -> None:
    def sorter(texts: list[str]) -> Tensor:
        return torch.tensor([[0.0, len(text) % 2 - 0.5] for text in texts])  # the parity of the length

    texts = ["a" * n for n in (9, 2, 7, 4, 5, 6, 3)]
    labels = torch.tensor([1, 0, 1, 0, 0, 1, 1])  # the fifth and the sixth are labeled otherwise
    for batch in (1, 3, 32):
        assert encoder.accuracy(sorter, texts, labels, batch) == 5 / 7


@pytest.mark.models
@pytest.mark.parametrize("way", encoder.WAYS)
def test_what_learns(way: encoder.Way) -> None:
    sorter = encoder.Sorter(way, 0)
    assert layers.count_learning(sorter.encoder) == {"frozen": 0, "lora": 331_776, "full": 22_565_376}[way]
    before = {name: p.clone() for name, p in sorter.named_parameters()}
    losses = encoder.train(sorter, way, TEXTS[:2], torch.tensor([1, 0]), 2, 0)
    assert len(losses) == 2
    assert losses[0] == pytest.approx(torch.tensor(2.0).log().item(), abs=1e-5)
    assert losses[1] < losses[0]
    changed = {name for name, p in sorter.named_parameters() if not torch.equal(p, before[name])}
    assert {"head.weight", "head.bias"} <= changed
    others = {name.rpartition(".")[2] for name in changed if not name.startswith("head.")}
    assert others == {"frozen": set(), "lora": {"A", "B"}, "full": {"weight", "bias"}}[way]


@pytest.mark.models
def test_a_texts_vector_does_not_depend_on_its_neighbors() -> None:
    sorter = encoder.Sorter("frozen", 0)
    with torch.inference_mode():
        together, alone = sorter.features(TEXTS), torch.cat([sorter.features([text]) for text in TEXTS])
        assert together.shape == (4, 384)
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
        assert torch.cdist(together, together).triu(1).count_nonzero() == 6, "four texts, four vectors"
        words = "word " * (encoder.LONGEST - 2)  # and a token at each end
        torch.testing.assert_close(sorter.features([words]), sorter.features([words + "more"]))
        assert not torch.allclose(sorter.features([words]), sorter.features([words[:-5] + "more"]), atol=1e-4)


@pytest.mark.models
def test_no_text_of_the_exam_is_learned_from() -> None:
    exam, pool = encoder_runs.rows(1)
    other_exam, other_pool = encoder_runs.rows(2)
    assert exam == other_exam
    assert pool != other_pool
    assert (len(exam), len(pool)) == (encoder_runs.EXAM, encoder_runs.LABELED)
    for some in (pool, other_pool):
        assert len(set(exam + some)) == len(exam) + len(some)
