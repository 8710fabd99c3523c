import socket

import pytest
import torch

from largemodels.core import store
from largemodels.language import minilm

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    store.path("minilm")
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the loader asked the network"))


def test_a_paraphrase_is_nearer_than_a_distractor_with_the_same_words() -> None:
    question, paraphrase, distractor = minilm.embed(
        [
            "How do I reset my password?",
            "I forgot my login credentials and can't get in.",
            "How do I reset my bread oven?",
        ]
    )
    assert question @ paraphrase > question @ distractor


def test_vectors_have_length_1_and_do_not_depend_on_the_batch() -> None:
    texts = ["short", "a somewhat longer sentence about the weather in April", "x " * 400]
    together, alone = minilm.embed(texts), torch.cat([minilm.embed([text]) for text in texts])
    assert together.shape == (3, 384)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(minilm.embed(texts, batch=2), alone, atol=1e-5, rtol=0)


def test_no_text_gives_no_vector() -> None:
    assert minilm.embed([]).shape == (0, 384)


def test_the_model_is_ready_to_use_and_to_train() -> None:
    model, tokenizer = minilm.load()
    assert not model.training
    model(**tokenizer(["a", "b"], return_tensors="pt")).last_hidden_state.sum().backward()
    assert model.encoder.layer[0].attention.self.query.weight.grad is not None
