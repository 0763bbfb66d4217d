"""The checks of notebook 07: blank, each typical mistake, odd input, and the right answer."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_lib import models
from mnist_lib.checks import speed as checks
from mnist_lib.numerics import flops

FORWARD = 2 * 8 * 8 * 25 * 24 * 32


def said(capsys, check, *answers):
    check(*answers)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two counts"),
        ((FORWARD, None), "…", "two counts"),
        (("abc", 1), "✗", "forward: not yet"),
        ((float("nan"), 1), "✗", "forward: not yet"),
        (([], []), "✗", "forward: not yet"),
        ((10**400, 1), "✗", "forward: not yet"),
        ((1, 1), "✗", "forward: not yet"),
        ((FORWARD // 2, 1), "✗", "additions"),
        ((2 * 144 * 600 * 32, 1), "✗", "padding"),
        ((2 * 49 * 600 * 32, 1), "✗", "first place"),
        ((FORWARD // 24, 1), "✗", "all 24"),
        ((FORWARD // 32, 1), "✗", "one kernel"),
        ((FORWARD // 5, 1), "✗", "5 high"),
        ((FORWARD // 8, 1), "✗", "8 rows"),
        ((FORWARD // 64, 1), "✗", "one place of"),
        ((19_200, 1), "✗", "the weights"),
        ((19_232, 1), "✗", "parameters"),
        ((FORWARD, FORWARD), "✗", "forwards alone"),
        ((FORWARD, 2 * FORWARD), "✗", "one gradient is missing"),
        ((FORWARD, 4 * FORWARD), "✗", "makes three"),
        ((FORWARD, "many"), "✗", "in_training: not yet"),
        ((FORWARD, float("inf")), "✗", "in_training: not yet"),
        ((FORWARD, 3 * FORWARD), "✓", "price a network"),
        ((np.int64(FORWARD), np.float32(3 * FORWARD)), "✓", "price a network"),
        ((FORWARD + 2048, 3 * (FORWARD + 2048)), "✓", "price a network"),  # with the biases
    ],
)
def test_conv_operations(answer, mark, word, capsys):
    output = said(capsys, checks.conv_operations, *answer)
    assert output.startswith(mark) and word in output


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two learning rates"),
        ((0.00525, None), "…", "two learning rates"),
        (("abc", 0.005), "✗", "at_40: not yet"),
        ((float("nan"), 0.005), "✗", "at_40: not yet"),
        (([1, 2], 0.005), "✗", "at_40: not yet"),
        ((0.005, 0.005), "✗", "twentieth"),
        ((0.00475, 0.005), "✗", "where it started"),
        ((0.01, 0.005), "✗", "step 80"),
        ((0.0005, 0.005), "✗", "step 0"),
        ((0.001, 0.005), "✗", "half of the way up"),
        ((0.00525, 0.003461), "✗", "over all 400"),
        ((0.00525, 0.004006), "✗", "straight line"),
        ((0.00525, 0.006), "✗", "from the peak"),
        ((0.00525, 0.00001), "✗", "the end"),
        ((0.00525, 0.01), "✗", "half a wave"),
        ((0.00525, 0.007), "✗", "at_240: not yet"),
        ((0.00525, "low"), "✗", "at_240: not yet"),
        ((0.00525, 0.005), "✓", "Half way"),
        ((0.00525, 0.005005), "✓", "Half way"),
    ],
)
def test_cycle_values(answer, mark, word, capsys):
    output = said(capsys, checks.cycle_values, *answer)
    assert output.startswith(mark) and word in output


def test_the_cycle_is_the_librarys(capsys):
    from mnist_lib.training import one_cycle

    schedule = one_cycle(0.01, 400, rise=0.2)
    assert said(capsys, checks.cycle_values, float(schedule(40)), float(schedule(240))).startswith("✓")


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


@pytest.fixture
def readable(sample):
    """Return the sample with validation images whose first pixel gives the digit away, the others dark."""
    images = np.zeros_like(sample.validation.images)
    images[:, 0, 0] = sample.validation.labels
    return replace(sample, validation=replace(sample.validation, images=images))


class Broken:
    layers = property(lambda self: 1 / 0)


@pytest.mark.parametrize(
    ("build", "mark", "word"),
    [
        (lambda: None, "…", "521,728"),
        (lambda: "abc", "✗", "not a Keras model"),
        (lambda: [], "✗", "not a Keras model"),
        (lambda: float("nan"), "✗", "not a Keras model"),
        (Broken, "✗", "not a Keras model"),
        (models.fast_cnn, "✗", "number 2"),
        (models.cnn, "✗", "5,066,752 too many"),
        (models.softmax_regression, "✗", "guessing"),
        (lambda: reader(2), "✗", "the bar is 90%"),
        (lambda: reader(0), "✓", "How few"),
    ],
)
def test_half_the_operations(build, mark, word, readable, capsys):
    output = said(capsys, checks.half_the_operations, build(), readable)
    assert output.startswith(mark) and word in output


def test_what_cannot_be_counted_is_refused(readable, capsys):
    import keras

    layers = keras.layers
    hidden = keras.Sequential([keras.Input((28, 28)), keras.Sequential([layers.Flatten()]), layers.Dense(10)])
    other = [keras.Input((28, 28)), layers.Reshape((28, 28, 1)), layers.SeparableConv2D(8, 3), layers.Flatten()]
    nothing = keras.Sequential([keras.Input((28, 28)), layers.Flatten()])
    wide = keras.Sequential([keras.Input((14, 14)), layers.Flatten(), layers.Dense(10)])
    for model, word in (
        (hidden, "Sequential"),
        (keras.Sequential([*other, layers.Dense(10)]), "SeparableConv2D"),
        (nothing, "neither"),
        (wide, "cannot read the validation digits"),
    ):
        output = said(capsys, checks.half_the_operations, model, readable)
        assert output.startswith("✗") and word in output


def test_operations_of_the_library_s_networks():
    assert flops.forward_flops(models.softmax_regression()) == [15_680]
    assert sum(flops.forward_flops(models.fast_cnn())) == 2 * 521_728
    assert flops.training_flops(models.cnn()) == 3 * 5_588_480 - 389_376
