"""The exercises of notebook 04."""

import numpy as np
import pytest
from checks.stubs import Stub, fails, reader

from mnist_course.checks import cnn as checks

RIGHT = {
    "vertical_kernel": [np.tile([-1, 2, -1], (3, 1)), np.tile([-0.1, 0.2, -0.1], (3, 1))],
    "small_cnn": [Stub(reader(0))],
}
WRONG = {
    "conv_shape": {
        "shape expected three numbers, (height, width, channels), without the batch axis.": ((1, 12, 12, 16), 1216),
        "shape the last number is the count of feature maps, one for each kernel. The three colours are summed over.": (
            (12, 12, 3),
            1216,
        ),
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
    "small_cnn": {
        "odd": "abc",
        "unread": Stub(fails),
        "guessing": Stub(lambda images: np.zeros((len(images), 10))),
        "large": Stub(reader(0), parameters=93_322),
        "flat": Stub(reader(0), layer="Dense"),
        "low": Stub(reader(3)),
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


def test_a_network_of_another_form_is_not_read(data):
    text = checks.small_cnn.verdict(Stub(lambda images: np.zeros((len(images), 4, 4))), data).text
    assert "cannot read" in text and "logits (N, 10)" in text
    assert "63,322 too many" in checks.small_cnn.verdict(WRONG["small_cnn"]["large"], data).text
    assert "the bar is 93.0%" in checks.small_cnn.verdict(WRONG["small_cnn"]["low"], data).text
