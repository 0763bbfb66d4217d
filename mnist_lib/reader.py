"""The shipped reader: a small network that reads a picture of a digit, offline and at once."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).with_name("reader.npz")
CARD = Path(__file__).with_name("reader.json")
NOT_A_DIGIT = 10  # the eleventh class


def build(dropout=0.0):
    """Build the reader's network, untrained.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 11) logits: ten digits, and "not a digit".
    """
    import keras
    from keras import layers

    def convolution(filters, size):
        return [
            layers.Conv2D(filters, size, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]

    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Rescaling(1 / 255),
            layers.Reshape((28, 28, 1)),
            *convolution(24, 5),
            layers.MaxPooling2D(),
            *convolution(48, 3),
            *convolution(48, 3),
            layers.MaxPooling2D(),
            *convolution(64, 3),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(128, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(11),
        ],
        name="reader",
    )


def save_weights(model, path):
    """Write a model's weights as a plain .npz file, in half precision: whole, or not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        arrays = {f"{i:02d}": weights.astype(np.float16) for i, weights in enumerate(model.get_weights())}
        np.savez_compressed(file, **arrays)
    partial.replace(path)
