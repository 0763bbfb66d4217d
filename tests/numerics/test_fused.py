"""The fused batch normalisation against Keras's: answers, gradients, running values, saving, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_lib import models, set_seed
from mnist_lib.numerics.fused import FusedBatchNormalization

KERAS = keras.layers.BatchNormalization


def pair(shape, **options):
    layers = [kind(**options) for kind in (KERAS, FusedBatchNormalization)]
    for layer in layers:
        layer.build((None, *shape))
        gamma, beta = np.linspace(0.5, 2, shape[-1]), np.linspace(-1, 1, shape[-1])
        layer.set_weights([gamma, beta, np.zeros(shape[-1]), np.ones(shape[-1])])
    return layers


def step(layer, x, wrap):
    @wrap
    def outputs(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(tf.sin(y))
        return [y, *tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])]

    return [*outputs(tf.constant(x)), *layer.get_weights()]


@pytest.mark.parametrize("wrap", [lambda function: function, tf.function], ids=["eager", "in the graph"])
@given(st.integers(2, 9), st.sampled_from([(3,), (2, 5, 4)]), st.sampled_from([0.9, 0.5]))
@settings(max_examples=10, deadline=None)
def test_it_is_keras_s(wrap, count, shape, momentum):
    x = np.random.default_rng(count).normal(3, 2, size=(count, *shape)).astype(np.float32)
    layers = pair(shape, momentum=momentum, epsilon=0.01)
    for expected, found in zip(*(step(layer, x, wrap) for layer in layers), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)
    for training in (False, None):
        np.testing.assert_allclose(*(layer(x, training=training) for layer in layers), rtol=1e-3, atol=1e-3)


def test_frozen_it_uses_and_keeps_the_running_values():
    layers, x = pair((3,)), np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    for layer in layers:
        layer.trainable = False
    np.testing.assert_allclose(*(layer(x, training=True) for layer in layers), rtol=1e-6)
    np.testing.assert_array_equal(layers[1].moving_mean, np.zeros(3))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, when saving
def test_it_is_saved_and_loaded(tmp_path):
    set_seed(0)
    model, x = models.accurate_cnn(), np.random.default_rng(0).uniform(0, 255, (4, 28, 28)).astype(np.float32)
    model(x, training=True)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras")(x), model(x), rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"axis": 1}, {"center": False}, {"scale": False}, {"renorm": True}, {"synchronized": True}],
    ids=str,
)
def test_what_it_cannot_do_is_refused(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))}.*Use keras.layers.BatchNormalization"):
        FusedBatchNormalization(**options)


def test_inputs_with_another_number_of_axes_are_refused():
    with pytest.raises(ValueError, match=r"\(None, 5, 3\).*Use keras.layers.BatchNormalization"):
        FusedBatchNormalization().build((None, 5, 3))
