"""The exercises of lesson 05."""

import numpy as np
import pytest

from mnist_course.checks import convolution as checks

RIGHT = {
    "river": [checks.SOLUTION, np.correlate],
    "vertical_kernel": [np.tile([-1, 2, -1], (3, 1)), np.tile([-0.1, 0.2, -0.1], (3, 1))],
}
WRONG = {
    "conv_shape": {
        "shape expected three numbers, (height, width, channels), without the batch axis.": ((1, 12, 12, 16), 1216),
        "shape the last number is the count of feature maps, one for each kernel. The three colours are summed over.": (
            (12, 12, 3),
            1216,
        ),
    },
    "river": {
        "shape": lambda levels, d_forecasts: d_forecasts,
        "other": lambda levels, d_forecasts: 2 * checks.SOLUTION(levels, d_forecasts),
    },
    "vertical_kernel": {
        "odd": [[1, 2], [3]],
        "shape": [1, 2, 3],
        "finite": np.full((3, 3), np.nan),
        "nothing": np.zeros((3, 3)),
        "sum": np.tile([0, 1, 0], (3, 1)),
        "turned": np.tile([-1, 2, -1], (3, 1)).T,
        "rows": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "columns": [[1, -1, 0], [-1, 1, 0], [0, 0, 0]],
        "negative": np.tile([1, -2, 1], (3, 1)),
        "beside": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    },
}


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (([], 1216), "three numbers"),
        ((12, 1216), "three numbers in brackets"),
        (((None, 12, 12, 16), 1216), "three numbers in brackets"),
        (((float("nan"), 12, 16), 1216), "shape: not yet"),
        (((10**400, 12, 16), 1216), "shape: not yet"),
        (((12, 12, 16), 10**400), "parameters: not yet"),
    ],
    ids=["empty", "number", "none-inside", "nan", "huge", "huge-count"],
)
def test_conv_shape(answers, word):
    mark, text, _ = checks.conv_shape.verdict(*answers)
    assert mark == "✗" and word in text


def test_conv_shape_is_what_keras_says():
    import keras

    layer = keras.layers.Conv2D(16, 5, strides=2, padding="valid")
    answers = layer(np.zeros((1, 28, 28, 3))).shape[1:], layer.count_params()
    assert checks.conv_shape.verdict(*answers).mark == "✓"


def test_the_river_s_gradient_is_what_the_loss_does():
    random = np.random.default_rng(1)
    levels, weights, d_forecasts = random.normal(size=20), random.normal(size=3), random.normal(size=18)

    def loss(weights):
        return sum(d * weights @ levels[i : i + 3] for i, d in enumerate(d_forecasts))

    slopes = [loss(weights + step) - loss(weights) for step in np.eye(3)]  # the loss is linear in the weights
    np.testing.assert_allclose(checks.SOLUTION(levels, d_forecasts), slopes)


def test_a_gradient_that_suits_one_river_alone_is_not_accepted():
    verdict = checks.river.verdict(lambda levels, d_forecasts: np.array([21.0, 32.0, 43.0]))
    assert verdict.mark == "✗"
