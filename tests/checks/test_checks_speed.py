"""The exercises of lesson 13."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mnist_course.checks import speed as checks
from mnist_lib import models
from mnist_lib.numerics import flops

FORWARD = 2 * 8 * 8 * 25 * 24 * 32


def reader(wrong, kernels=8):
    """Return a small network that is told the digit by the first pixel, and is wrong for that many of ten."""
    import keras

    layers = [keras.Input((28, 28)), keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(kernels, 28)]
    model = keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)])
    kernel, levels, cases = np.zeros((28, 28, 1, kernels)), np.zeros((kernels, 10)), np.arange(10)
    kernel[0, 0, 0, 0], levels[0] = 1, 2 * cases  # logits 2 d t - t * t are largest where t is d
    bias = -(cases.astype(float) ** 2)
    bias[:wrong] = -1e4
    model.set_weights([kernel, np.zeros(kernels), levels, bias])
    return model


def network(*layers, size=28):
    """Return a network of layers: names with their arguments."""
    import keras

    made = (getattr(keras.layers, name)(*given) for name, *given in layers)
    return keras.Sequential([keras.Input((size, size)), *made])


SEPARABLE = [("Reshape", (28, 28, 1)), ("SeparableConv2D", 8, 3), ("Flatten",), ("Dense", 10)]
RIGHT = {
    "conv_operations": [
        (np.int64(FORWARD), np.float32(3 * FORWARD)),
        (FORWARD + 2048, 3 * (FORWARD + 2048)),  # with the biases
    ],
    "cycle_values": [(0.00525, 0.005)],
    "half_the_operations": [partial(reader, 0)],
}
WRONG = {
    "half_the_operations": {
        "odd": type("Broken", (), {"layers": property(lambda self: 1 / 0)})(),
        "uncounted": partial(network, *SEPARABLE),
        "nothing": partial(network, ("Flatten",)),
        "large": partial(models.fast_cnn),
        "unread": partial(network, ("Flatten",), ("Dense", 10), size=14),
        "guessing": partial(models.softmax_regression),
        "low": partial(reader, 2),
    }
}


def test_the_cycle_is_the_librarys():
    from mnist_lib.training import one_cycle

    schedule = one_cycle(0.01, 400, rise=0.2)
    assert checks.cycle_values.verdict(float(schedule(40)), float(schedule(240))).mark == "✓"


@pytest.mark.parametrize(
    ("build", "word"),
    [
        (models.fast_cnn, "number 2"),
        (models.cnn, "5,066,752 too many"),
        (lambda: reader(2), "the bar is 90.0%"),
        (lambda: network(*SEPARABLE), "SeparableConv2D"),
    ],
    ids=["fast", "large", "low", "separable"],
)
def test_half_the_operations(build, word, data):
    assert word in checks.half_the_operations.verdict(build(), data).text


def test_a_model_in_a_model_is_not_counted(data):
    import keras

    inner = keras.Sequential([keras.layers.Flatten()])
    hidden = keras.Sequential([keras.Input((28, 28)), inner, keras.layers.Dense(10)])
    assert "There is a Sequential" in checks.half_the_operations.verdict(hidden, data).text


def test_the_bar_is_higher_with_mnist(data):
    text = checks.half_the_operations.verdict(None, replace(data, name="mnist")).text
    assert "521,728" in text and "98.5%" in text and "90.0%" in checks.half_the_operations.verdict(None, data).text


def test_operations_of_the_library_s_networks():
    assert flops.forward_flops(models.softmax_regression()) == [15_680]
    assert sum(flops.forward_flops(models.fast_cnn())) == 2 * 521_728
    assert flops.training_flops(models.cnn()) == 3 * 5_588_480 - 389_376
