"""Stands in for a trained network: as much of a Keras model as the checks look at."""

from functools import lru_cache

import numpy as np


def inked():
    """Return how much ink 500 digits hold, about 50 pixels for a 0, ten more for each next; and one-hot labels."""
    random = np.random.default_rng(0)
    Y = np.eye(10)[random.permutation(np.arange(500) % 10)]
    return Y @ np.arange(50, 150, 10) + random.normal(0, 5, 500), Y


@lru_cache
def sample():
    from mnist_lib.data import load_mnist

    return load_mnist("sample")


def reader(wrong):
    """Return a function from images to logits that reads the first pixel and is wrong for that many of ten digits."""

    def read(images):
        digits = np.minimum(images[:, 0, 0], 9)
        return np.eye(10)[np.where(digits < wrong, 9, digits)]

    return read


class Stub:
    """Answers with what a function makes of the images."""

    name = "stub"

    def __init__(self, answer, parameters=12_810, layer="Conv2D"):
        self.answer, self.parameters = answer, parameters
        count = type(layer, (), {"name": "layer", "count_params": lambda _: parameters})
        self.layers = [count()]

    def count_params(self):
        return self.parameters

    def __call__(self, images, training=False):
        import tensorflow as tf

        return tf.constant(self.answer(images), tf.float32)


def fails(*given):
    raise RuntimeError("no such\nidea")
