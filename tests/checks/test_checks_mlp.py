"""The exercises of notebook 03."""

from functools import partial

import numpy as np
import pytest
from checks.stubs import Stub, fails, reader

from mnist_course.checks import mlp as checks
from mnist_lib import models, train


def right(dH, X, Z, W):
    dZ = dH * np.where(Z > 0, 1, 0.1)
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def changed(change):
    """Return the right function with its answer (dX, dW, db) changed."""
    return lambda dH, X, Z, W: change(*right(dH, X, Z, W))


RIGHT = {
    "leaky_backward": [right, changed(lambda dX, dW, db: [dX.tolist(), dW.tolist(), db.tolist()])],
    "small_network": [Stub(reader(0))],
}
WRONG = {
    "leaky_backward": {
        "number": changed(lambda dX, dW, db: (dX, dW)),
        "order": changed(lambda dX, dW, db: (dW, db, dX)),
        "shape": changed(lambda dX, dW, db: (dX, dW.T, db)),
        "mean": changed(lambda dX, dW, db: (dX, dW, db / 6)),
        "from dH": lambda dH, X, Z, W: (dH @ W.T, *right(dH, X, Z, W)[1:]),
        "other": changed(lambda dX, dW, db: (dX, dW + 1, db)),
    },
    "small_network": {
        "odd": "abc",
        "unread": Stub(fails),
        "guessing": Stub(lambda images: np.zeros((len(images), 10))),
        "large": partial(models.mlp),
        "linear": Stub(lambda images: images[:, :1, 0] * np.arange(0.0, 20, 2) - np.arange(10) ** 2),
        "low": Stub(reader(2)),
    },
}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda dX, dW, db: (1.0, 2.0, 3.0), "dX has shape ()"),
        (lambda dX, dW, db: (None, None, None), "must have the shape"),
        (lambda dX, dW, db: (dX, dW, db[None]), "db has shape (1, 3)"),
        (lambda dX, dW, db: (dX * np.nan, dW, db), "dX is not right"),
        (lambda dX, dW, db: (dX, dW + 1, db), "dW is not right"),
    ],
    ids=["numbers", "nothing", "row", "nan", "dW"],
)
def test_leaky_backward_names_the_part(change, word):
    assert word in checks.leaky_backward.verdict(changed(change)).text


def test_small_network_with_keras(sample):
    import keras

    flat = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    for model, word in [
        (models.mlp(), "49,386 too many"),
        (models.mlp((16,)), "that is guessing"),
        (keras.Sequential([keras.layers.Dense(10)]), "not a Keras model that has been built"),
        (flat, "cannot read the validation digits"),
    ]:
        keras.utils.set_random_seed(1)
        mark, text, _ = checks.small_network.verdict(model, sample)
        assert mark == "✗" and word in text


def test_small_network_must_have_a_bend(sample):
    for model, key in [(models.softmax_regression(), "linear"), (models.mlp((24,), dropout=0), "low")]:
        train(model, sample, epochs=3, learning_rate=0.01, verbose=False)
        assert checks.small_network.verdict(model, sample).slip == key
