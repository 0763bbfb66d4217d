"""The exercises of lesson 04."""

from functools import partial

import numpy as np
from checks.stubs import Stub, fails, reader

from mnist_course.checks import training_an_mlp as checks
from mnist_lib import models, train

RIGHT = {
    "songs": [(0.001, 0.01, 0.0098)],
    "small_network": [Stub(reader(0))],
}
WRONG = {
    "small_network": {
        "odd": "abc",
        "unread": Stub(fails),
        "guessing": Stub(lambda images: np.zeros((len(images), 10))),
        "large": partial(models.mlp),
        "linear": Stub(lambda images: images[:, :1, 0] * np.arange(0.0, 20, 2) - np.arange(10) ** 2),
        "low": Stub(reader(2)),
    },
}


def test_small_network_with_keras(sample):
    import keras

    keras.utils.set_random_seed(1)  # before the models are built: an untrained one may read a fifth by chance
    flat = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    for model, word in [
        (models.mlp(), "49,386 too many"),
        (models.mlp((16,)), "that is guessing"),
        (keras.Sequential([keras.layers.Dense(10)]), "not a Keras model that has been built"),
        (flat, "cannot read the validation digits"),
    ]:
        mark, text, _ = checks.small_network.verdict(model, sample)
        assert mark == "✗" and word in text


def test_small_network_must_have_a_bend(sample):
    for model, key in [(models.softmax_regression(), "linear"), (models.mlp((24,), dropout=0), "low")]:
        train(model, sample, epochs=3, learning_rate=0.01, verbose=False)
        assert checks.small_network.verdict(model, sample).slip == key
