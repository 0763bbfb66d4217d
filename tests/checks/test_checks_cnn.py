"""The exercises of lesson 06."""

import numpy as np
import pytest
from checks.stubs import Stub, fails, reader

from mnist_course.checks import cnn as checks

TURNED = [np.rot90(checks.PIXELS, turns) for turns in (1, 2, 3)]
MIRRORED = [np.rot90(checks.PIXELS.T, turns) for turns in range(4)]
RIGHT = {
    "harmless_order": [*TURNED, *MIRRORED, MIRRORED[0].ravel().tolist()],
    "small_cnn": [Stub(reader(0))],
}
WRONG = {
    "harmless_order": {"odd": "abc"},
    "small_cnn": {
        "odd": "abc",
        "unread": Stub(fails),
        "guessing": Stub(lambda images: np.zeros((len(images), 10))),
        "large": Stub(reader(0), parameters=93_322),
        "flat": Stub(reader(0), layer="Dense"),
        "low": Stub(reader(3)),
    },
}


def test_the_averaged_network_is_what_keras_says():
    import keras

    from mnist_lib import models

    stack = [layer for layer in models.cnn().layers if layer.name.split("_")[0] != "flatten"]
    stack.insert(-2, keras.layers.GlobalAveragePooling2D())
    plan = [layer.__class__.from_config(layer.get_config()) for layer in stack]
    network = keras.Sequential([keras.Input((28, 28)), *plan])
    answers = network.layers[-3].output.shape[1], network.count_params()
    assert checks.averaged.verdict(*answers).mark == "✓"


@pytest.mark.parametrize(
    ("order", "word"),
    [
        (np.full(784, np.nan), "784 of the numbers"),
        (np.arange(784) + 0.5, "784 of the numbers"),
        (np.roll(checks.PIXELS, 1, axis=0), "28 of 1,512"),
        (np.roll(checks.PIXELS, (-1, 2), axis=(0, 1)), "56 of 1,512"),
        (np.roll(checks.PIXELS.ravel(), 1), "no neighbours any more"),
    ],
    ids=["nan", "halves", "ring", "two-rings", "in-a-row"],
)
def test_orders_that_harm(order, word):
    verdict = checks.harmless_order.verdict(order)
    assert verdict.mark == "✗" and word in verdict.text


def test_a_network_of_another_form_is_not_read(data):
    text = checks.small_cnn.verdict(Stub(lambda images: np.zeros((len(images), 4, 4))), data).text
    assert "cannot read" in text and "logits (N, 10)" in text
    assert "63,322 too many" in checks.small_cnn.verdict(WRONG["small_cnn"]["large"], data).text
    assert "the bar is 93.0%" in checks.small_cnn.verdict(WRONG["small_cnn"]["low"], data).text
