"""The three readers of `classifiers` in Keras: layers called one on the other.

Each model takes word numbers (batch, longest), 0 for padding at the end, and returns
two scores (batch, 2). The setting KERAS_BACKEND says who computes: torch, jax or tensorflow.
"""

from __future__ import annotations

import keras
from keras import Model, layers, ops

from largemodels.language.positions import sines


def cnn(vocabulary: int, longest: int, width: int = 64, filters: int = 32) -> Model:
    """Ask of each three, four and five words in a row; keep the strongest answers."""
    ids = keras.Input((longest,), dtype="int32")
    real = ops.cast(ops.not_equal(ids, 0), "float32")  # (batch, longest)
    x = layers.Embedding(vocabulary, width)(ids) * real[..., None]
    best = []
    for size in (3, 4, 5):
        y = layers.ZeroPadding1D(size - 1)(x)
        y = layers.Conv1D(filters, size, activation="relu")(y)
        best.append(layers.GlobalMaxPooling1D()(y))  # (batch, filters)
    x = layers.Dropout(0.5)(layers.Concatenate()(best))
    return Model(ids, layers.Dense(2)(x))


def rnn(vocabulary: int, longest: int, width: int = 64) -> Model:
    """Read word by word, once forth and once back; decide from the two last states."""
    ids = keras.Input((longest,), dtype="int32")
    x = layers.Embedding(vocabulary, width, mask_zero=True)(ids)  # a mask goes along
    x = layers.Bidirectional(layers.GRU(width))(x)  # (batch, 2 width)
    x = layers.Dropout(0.5)(x)
    return Model(ids, layers.Dense(2)(x))


def transformer(vocabulary: int, longest: int, width: int = 64) -> Model:
    """Let all words look at all words; decide from the mean of what they became."""
    ids = keras.Input((longest,), dtype="int32")
    real = ops.not_equal(ids, 0)  # (batch, longest)
    spread = keras.initializers.RandomNormal(stddev=width**-0.5)
    x = layers.Embedding(vocabulary, width, spread)(ids) + sines(longest, width).numpy()
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    attention = layers.MultiHeadAttention(num_heads=2, key_dim=width // 2)
    x = x + attention(y, y, attention_mask=real[:, None, :])
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    y = layers.Dense(4 * width, activation="gelu")(y)
    x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dense(width)(y))
    x = layers.GlobalAveragePooling1D()(x, mask=real)  # (batch, width)
    x = layers.Dropout(0.5)(x)
    return Model(ids, layers.Dense(2)(x))
