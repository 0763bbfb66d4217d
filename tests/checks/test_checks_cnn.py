"""The checks of notebook 03: blank, each typical mistake, odd input, and the right answer."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_lib.checks import cnn as checks

RIGHT = (12, 12, 16)


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "Fill in"),
        ((RIGHT, None), "…", "Fill in"),
        ((None, 1216), "…", "Fill in"),
        (("abc", 1216), "✗", "three numbers"),
        ((12, 1216), "✗", "three numbers"),
        (([], 1216), "✗", "0 numbers"),
        (((None, 12, 12, 16), 1216), "✗", "three numbers"),
        (((1, 12, 12, 16), 1216), "✗", "batch"),
        (((12, 12, 3), 1216), "✗", "feature maps"),
        (((24, 24, 16), 1216), "✗", "stride"),
        (((14, 14, 16), 1216), "✗", "SAME"),
        (((13, 13, 16), 1216), "✗", "kernel of 3"),
        (((11, 11, 16), 1216), "✗", "add 1"),
        (((12.5, 12.5, 16), 1216), "✗", "half"),
        (((28, 28, 16), 1216), "✗", "padding"),
        (((float("nan"), 12, 16), 1216), "✗", "not yet"),
        ((RIGHT, 1200), "✗", "biases"),
        ((RIGHT, 416), "✗", "grey"),
        ((RIGHT, 448), "✗", "5 by 5"),
        ((RIGHT, 76), "✗", "one kernel"),
        ((RIGHT, 2304), "✗", "come out"),
        ((RIGHT, 175104), "✗", "once"),
        ((RIGHT, 1000), "✗", "not yet"),
        ((RIGHT, float("nan")), "✗", "not yet"),
        ((RIGHT, "many"), "✗", "not yet"),
        ((RIGHT, 10**400), "✗", "not yet"),
        (((10**400, 12, 16), 1216), "✗", "three numbers"),
        ((RIGHT, 1216), "✓", "any size"),
        ((np.array(RIGHT), np.int64(1216)), "✓", "any size"),
    ],
)
def test_conv_shape(answer, mark, word, capsys):
    checks.conv_shape(*answer)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said


def test_conv_shape_is_what_keras_says():
    import keras

    layer = keras.layers.Conv2D(16, 5, strides=2, padding="valid")
    assert layer(np.zeros((1, 28, 28, 3))).shape[1:] == RIGHT and layer.count_params() == 1216


@pytest.mark.parametrize(
    ("kernel", "mark", "word"),
    [
        (None, "…", "three rows"),
        ("abc", "✗", "three rows"),
        ([[1, 2], [3]], "✗", "three rows"),
        ([], "✗", "shape"),
        ([1, 2, 3], "✗", "(3,)"),
        (np.zeros((3, 3, 1)), "✗", "(3, 3, 1)"),
        (np.full((3, 3), np.nan), "✗", "finite"),
        (np.zeros((3, 3)), "✗", "nothing at all"),
        (np.tile([0, 1, 0], (3, 1)), "✗", "sum of its nine weights"),
        (np.tile([-1, 2, -1], (3, 1)).T, "✗", ".T"),
        ([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], "✗", "horizontal line still"),
        ([[1, -1, 0], [-1, 1, 0], [0, 0, 0]], "✗", "vertical line gets no answer"),
        (np.tile([1, -2, 1], (3, 1)), "✗", "signs"),
        (np.tile([-1, 0, 1], (3, 1)), "✗", "beside"),
        ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "✗", "centred on the line"),
        ([[10**400, 0, 0], [0, 0, 0], [0, 0, 0]], "✗", "three rows"),
        (np.tile([-1, 2, -1], (3, 1)), "✓", "on the line"),
        (np.tile([-0.1, 0.2, -0.1], (3, 1)), "✓", "on the line"),
    ],
)
def test_vertical_kernel(kernel, mark, word, capsys):
    checks.vertical_kernel(kernel)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said


class Stub:
    """As much of a Keras model as the check looks at: answers with what a function makes of the images."""

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


@pytest.fixture
def readable(sample):
    """Return the sample with validation images whose first pixel gives the digit away."""
    images = sample.validation.images.copy()
    images[:, 0, 0] = sample.validation.labels
    return replace(sample, validation=replace(sample.validation, images=images))


def reader(wrong):
    """Return a function from images to logits that is wrong for that many of ten digits."""
    return lambda images: np.eye(10)[np.where(images[:, 0, 0] < wrong, 9, images[:, 0, 0])]


def broken(images):
    raise RuntimeError("no such shape")


@pytest.mark.parametrize(
    ("model", "mark", "word"),
    [
        (None, "…", "30,000"),
        ("abc", "✗", "not a Keras model"),
        ([], "✗", "not a Keras model"),
        (Stub(reader(0), parameters=93_322), "✗", "63,322 too many"),
        (Stub(reader(0), layer="Dense"), "✗", "no convolution"),
        (Stub(broken), "✗", "no such shape"),
        (Stub(lambda images: np.zeros((len(images), 4, 4))), "✗", "logits (N, 10)"),
        (Stub(lambda images: np.zeros((len(images), 10))), "✗", "guessing"),
        (Stub(reader(3)), "✗", "the bar is 93.0%"),
        (Stub(reader(0)), "✓", "how small"),
    ],
)
def test_small_cnn(model, mark, word, readable, capsys):
    checks.small_cnn(model, readable)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said
