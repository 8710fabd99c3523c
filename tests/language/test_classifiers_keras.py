"""Keras twins: the same scores as PyTorch's with the same weights, and they learn."""

import os

os.environ["KERAS_BACKEND"] = "torch"  # before Keras is imported

import keras
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from largemodels.language import classifiers_keras as twins
from largemodels.language.classifiers import TextCNN, TextRNN, TextTransformer

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # within Keras

WORDS, LONGEST = 50, 12


def array(x: Tensor) -> np.ndarray:
    return x.detach().numpy()


def dense(layer: nn.Linear) -> list[np.ndarray]:
    return [array(layer.weight.T), array(layer.bias)]


def norm(layer: nn.LayerNorm) -> list[np.ndarray]:
    return [array(layer.weight), array(layer.bias)]


def heads_in(layer: nn.Linear, heads: int) -> list[np.ndarray]:
    """Kernel (width, heads, d_head), bias (heads, d_head)."""
    return [
        array(layer.weight.T.unflatten(1, (heads, -1))),
        array(layer.bias.view(heads, -1)),
    ]


def cnn_weights(net: TextCNN) -> list[np.ndarray]:
    convs: list[np.ndarray] = []
    for conv in net.windows:
        convs += [array(conv.weight.permute(2, 1, 0)), array(conv.bias)]
    return [array(net.words.weight), *convs, *dense(net.scores)]


def gates(x: Tensor) -> Tensor:
    """PyTorch's reset, update, new to Keras's update, reset, new."""
    reset, update, new = x.chunk(3)
    return torch.cat([update, reset, new])


def gru(net: nn.GRU, end: str) -> list[np.ndarray]:
    w_in, w_state = (getattr(net, f"weight_{x}h_l0{end}") for x in "ih")
    biases = [gates(getattr(net, f"bias_{x}h_l0{end}")) for x in "ih"]
    return [array(gates(w_in).T), array(gates(w_state).T), array(torch.stack(biases))]


def rnn_weights(net: TextRNN) -> list[np.ndarray]:
    both = gru(net.gru, "") + gru(net.gru, "_reverse")
    return [array(net.words.weight), *both, *dense(net.scores)]


def transformer_weights(net: TextTransformer) -> list[np.ndarray]:
    block = net.net.blocks[0]
    look = block.attention
    out = look.output
    return [
        array(net.net.words.weight),
        *norm(block.norm1),
        *heads_in(look.query, 2),
        *heads_in(look.key, 2),
        *heads_in(look.value, 2),
        array(out.weight.T.unflatten(0, (2, -1))),
        array(out.bias),
        *norm(block.norm2),
        *dense(block.mlp[0]),
        *dense(block.mlp[2]),
        *norm(net.net.norm),
        *dense(net.scores),
    ]


PAIRS = [
    pytest.param(TextCNN, twins.cnn, cnn_weights, id="cnn"),
    pytest.param(TextRNN, twins.rnn, rnn_weights, id="rnn"),
    pytest.param(TextTransformer, twins.transformer, transformer_weights, id="transformer"),
]


def sentences(n: int, seed: int = 0) -> np.ndarray:
    """(n, LONGEST): 3 to LONGEST random words, padding after them."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, WORDS, (n, LONGEST))
    lengths = rng.integers(3, LONGEST + 1, (n, 1))
    return np.where(np.arange(LONGEST) < lengths, ids, 0)


@pytest.mark.parametrize(("original", "twin", "weights"), PAIRS)
def test_scores_agree_when_the_weights_do(original, twin, weights):
    torch.manual_seed(0)
    net = original(WORDS).eval()
    for p in net.parameters():  # an unused bias or norm must not go unnoticed
        if p.ndim == 1:
            nn.init.normal_(p, std=0.5)
    model = twin(WORDS, LONGEST)
    model.set_weights(weights(net))
    ids = sentences(64)
    mine = array(net(torch.tensor(ids)))
    np.testing.assert_allclose(array(model(ids)), mine, atol=1e-5)
    n = sum(p.numel() for p in net.parameters())
    assert model.count_params() == n


@pytest.mark.parametrize("twin", [twins.cnn, twins.rnn, twins.transformer])
def test_padding_changes_nothing(twin):
    keras.utils.set_random_seed(0)
    model = twin(WORDS, LONGEST)
    ids = sentences(8)
    ids[:, 6:] = 0
    longer = twin(WORDS, LONGEST + 5)
    longer.set_weights(model.get_weights())
    padded = np.pad(ids, ((0, 0), (0, 5)))
    np.testing.assert_allclose(array(model(ids)), array(longer(padded)), atol=1e-5)


def fit(twin, seed: int) -> tuple[list[float], list[np.ndarray]]:
    keras.utils.set_random_seed(seed)
    model = twin(WORDS, LONGEST)
    ids = sentences(600)
    labels = (ids == 7).any(axis=1).astype(int)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    past = model.fit(ids, labels, batch_size=50, epochs=2, verbose=0)
    return past.history["loss"], model.get_weights()


@pytest.mark.parametrize("twin", [twins.cnn, twins.rnn, twins.transformer])
def test_it_learns_and_does_so_again(twin):
    losses, weights = fit(twin, 0)
    again, the_same = fit(twin, 0)
    assert losses[1] < losses[0]
    assert losses == again
    assert all(np.array_equal(a, b) for a, b in zip(weights, the_same, strict=True))
    assert fit(twin, 1)[0] != losses
