"""The models of the ladder, as the notebooks describe them."""

import numpy as np
import pytest

from mnist_lib import models, set_seed


@pytest.mark.parametrize(
    ("build", "name", "parameters"),
    [
        (models.softmax_regression, "softmax", 7_850),
        (models.mlp, "mlp", 109_386),
        (models.cnn, "cnn", 93_322),
        (models.accurate_cnn, "accurate_cnn", 141_098),
        (lambda: models.accurate_cnn(normalize=False), "accurate_cnn", 140_138),
        (models.fast_cnn, "fast_cnn", 72_010),
    ],
)
def test_size_and_shapes(build, name, parameters, random):
    model = build()
    assert (model.name, model.count_params()) == (name, parameters)
    pixels = random.integers(0, 256, (3, 28, 28), dtype=np.uint8)
    assert model(pixels).shape == (3, 10)


@pytest.mark.parametrize("build", [models.cnn, models.accurate_cnn, models.fast_cnn])
def test_a_model_takes_bytes_and_floats_alike(build, random):
    model = build()
    pixels = random.integers(0, 256, (4, 28, 28), dtype=np.uint8)
    np.testing.assert_allclose(model(pixels), model(pixels.astype(np.float32)), rtol=1e-6)


def test_scaling_is_inside_the_model(random):
    set_seed(1)
    model = models.mlp(dropout=0)
    pixels = random.integers(0, 256, (2, 28, 28)).astype(np.float32)
    dense = [layer.get_weights() for layer in model.layers if layer.get_weights()]
    values = pixels.reshape(2, 784) / 255
    for i, (W, b) in enumerate(dense):
        values = values @ W + b
        if i < len(dense) - 1:
            values = np.maximum(values, 0)
    np.testing.assert_allclose(model(pixels), values, rtol=1e-4, atol=1e-5)


def test_softmax_regression_starts_at_ln_10():
    assert not np.any(models.softmax_regression().get_weights()[0])


def test_same_seed_same_weights():
    first, second, other = (_weights(seed) for seed in (3, 3, 4))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def _weights(seed):
    set_seed(seed)
    return models.cnn().get_weights()


def test_hidden_layers_can_be_chosen():
    assert models.mlp(hidden=(32,), dropout=0).count_params() == 784 * 32 + 32 + 32 * 10 + 10
