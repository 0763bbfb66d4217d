"""The checks of notebook 02: blank, each typical mistake, and the right answer."""

import numpy as np
import pytest

from mnist_lib.checks import mlp as checks


def said(capsys):
    out = capsys.readouterr().out
    assert len(out.strip().splitlines()) == 1
    return out


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        (None, "…", "one number"),
        ("abc", "✗", "not one number"),
        ([], "✗", "not one number"),
        ([1, 2], "✗", "not one number"),
        (float("nan"), "✗", "not yet"),
        (float("inf"), "✗", "not yet"),
        (25_408, "✗", "weights alone"),
        (25_120, "✗", "first layer alone"),
        (330, "✗", "second layer alone"),
        (25_440, "✗", "ten logits"),
        (25_418, "✗", "32 hidden units have"),
        (26_234, "✗", "pixels have no bias"),
        (250_880, "✗", "multiplied the layers"),
        (826, "✗", "added up the units"),
        (7_850, "✗", "softmax regression"),
        (109_386, "✗", "large network"),
        (25_000, "✗", "m times n"),
        (25_450, "✓", "where the pixels come in"),
        ("25450", "✓", "where the pixels come in"),
    ],
)
def test_count_parameters(answer, mark, word, capsys):
    checks.count_parameters(answer)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def leaky(slope):
    def layer_backward(dH, X, Z, W):
        dZ = dH * slope(dH, Z)
        return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)

    return layer_backward


right = leaky(lambda dH, Z: np.where(Z > 0, 1, 0.1))


def changed(change):
    """Return the right function with its answer (dX, dW, db) changed."""
    return lambda dH, X, Z, W: change(*right(dH, X, Z, W))


def fails(*arrays):
    raise RuntimeError("not yet written\nby anyone")


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        (None, "…", "layer_backward"),
        ("abc", "✗", "is a str"),
        (np.nan, "✗", "is a float"),
        ([], "✗", "is a list"),
        (fails, "✗", "RuntimeError: not yet written by anyone"),
        (lambda dH: dH, "✗", "TypeError"),
        (lambda *arrays: None, "✗", "returns three"),
        (lambda *arrays: "abc", "✗", "returns three"),
        (lambda *arrays: (None, None, None), "✗", "must have the shape"),
        (lambda *arrays: (1.0, 2.0, 3.0), "✗", "dX has shape ()"),
        (changed(lambda dX, dW, db: (dX, dW)), "✗", "returns 2 things"),
        (changed(lambda dX, dW, db: (dW, db, dX)), "✗", "order"),
        (changed(lambda dX, dW, db: (dX, dW.T, db)), "✗", "dW has shape (3, 5)"),
        (changed(lambda dX, dW, db: (dX, dW, db[None])), "✗", "db has shape (1, 3)"),
        (changed(lambda dX, dW, db: (dX, dW, db / 6)), "✗", "mean"),
        (changed(lambda dX, dW, db: (dX * np.nan, dW, db)), "✗", "dX is not right"),
        (changed(lambda dX, dW, db: (dX, dW + 1, db)), "✗", "dW is not right"),
        (lambda dH, X, Z, W: (dH @ W.T, *right(dH, X, Z, W)[1:]), "✗", "starts from dH"),
        (leaky(lambda dH, Z: 1), "✗", "round the bend"),
        (leaky(lambda dH, Z: Z > 0), "✗", "plain ReLU"),
        (leaky(lambda dH, Z: np.where(Z > 0, 0.1, 1)), "✗", "swapped"),
        (leaky(lambda dH, Z: np.where(dH > 0, 1, 0.1)), "✗", "sign of dH"),
        (leaky(lambda dH, Z: np.where(Z > 0, Z, 0.1 * Z)), "✗", "activation"),
        (leaky(lambda dH, Z: np.where(Z > 0, 1, -0.1)), "✗", "+0.1"),
        (right, "✓", "any layer"),
        (changed(lambda dX, dW, db: [dX.tolist(), dW.tolist(), db.tolist()]), "✓", "any layer"),
    ],
)
def test_leaky_backward(answer, mark, word, capsys):
    checks.leaky_backward(answer)
    text = said(capsys)
    assert text.startswith(mark) and word in text


class Oracle:
    """Stands in for a model: knows the labels of the sample's validation digits, and errs as often as it is told."""

    name, layers = "oracle", []

    def __init__(self, data, wrong=0.0, parameters=50_000):
        self.labels = data.validation.labels.astype(int).copy()
        self.labels[: round(wrong * len(self.labels))] += 1
        self.parameters = parameters

    def count_params(self):
        return self.parameters

    def __call__(self, images, training=False):
        import tensorflow as tf

        return tf.one_hot(self.labels % 10, 10)


def test_small_network(sample, capsys):
    for model, mark, word in [
        (None, "…", "60,000"),
        ("abc", "✗", "not a Keras model"),
        (float("nan"), "✗", "not a Keras model"),
        (Oracle(sample, wrong=1.0), "✗", "guessing"),
        (Oracle(sample, wrong=0.2), "✗", "the bar is 95.0%"),
        (Oracle(sample), "✓", "played no part"),
    ]:
        checks.small_network(model, sample)
        text = said(capsys)
        assert text.startswith(mark) and word in text


def test_small_network_with_keras(sample, capsys):
    import keras

    from mnist_lib import models

    flat = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    for model, mark, word in [
        (models.mlp(), "✗", "49,386 too many"),
        (models.mlp((16,)), "✗", "that is guessing"),
        (keras.Sequential([keras.layers.Dense(10)]), "✗", "not a Keras model that has been built"),
        (flat, "✗", "cannot read the validation digits"),
    ]:
        keras.utils.set_random_seed(1)
        checks.small_network(model, sample)
        text = said(capsys)
        assert text.startswith(mark) and word in text


def test_small_network_must_have_a_bend(sample, capsys):
    from mnist_lib import models, train

    for model, word in [(models.softmax_regression(), "is linear"), (models.mlp((24,), dropout=0), "bar is 95.0%")]:
        train(model, sample, epochs=3, learning_rate=0.01, verbose=False)
        checks.small_network(model, sample)
        text = said(capsys)
        assert text.startswith("✗") and word in text
