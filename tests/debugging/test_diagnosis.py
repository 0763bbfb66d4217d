"""diagnose() finds each exhibit of notebooks 16 and 17 that leaves a trace, and says nothing of healthy runs."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_lib import models, set_seed, train
from mnist_lib.data import Split
from mnist_lib.debugging.diagnosis import ORDER, Finding, diagnose
from mnist_lib.debugging.model import FLOOR

FALLING = [0.9, 0.4, 0.3, 0.25]


def stack(*layers, scale=1 / 255):
    import keras

    return keras.Sequential([keras.Input((28, 28)), keras.layers.Rescaling(scale), keras.layers.Flatten(), *layers])


def fit(model, split, loss=None, rate=0.005, epochs=8):
    import keras

    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model.fit(split.images, split.labels, batch_size=64, epochs=epochs, verbose=0)


@pytest.fixture(scope="module")
def healthy(sample):
    """A trained network, and its history."""
    set_seed(0)
    model = models.mlp((32,), dropout=0)
    return model, train(model, sample, epochs=12, batch_size=64, learning_rate=0.003, verbose=False)


@pytest.mark.parametrize("name", ORDER)
def test_every_finding_leads_to_a_room_that_exists(name):
    notebook, cell = Finding(name, "").link.split("#")
    cells = json.loads((Path(__file__).parents[2] / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
    assert any(f'<a id="{cell}"></a>' in "".join(each["source"]) for each in cells)


# ---- healthy runs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "seed", "epochs", "learning_rate"),
    [
        (models.softmax_regression, 0, 15, 0.005),
        (models.softmax_regression, 1, 6, 0.005),
        (models.mlp, 0, 8, 0.005),
        (models.mlp, 1, 4, 0.005),
        (lambda: models.mlp((64,), dropout=0), 2, 20, 0.005),
        (models.cnn, 3, 5, 0.001),  # with 0.005 more than half of a layer's units may really die
    ],
)
def test_nothing_is_said_of_healthy_runs(build, seed, epochs, learning_rate, sample):
    set_seed(seed)
    model = build()
    history = train(model, sample, epochs=epochs, batch_size=64, learning_rate=learning_rate, seed=seed, verbose=False)
    found = diagnose(history, model, sample)
    assert not found.findings, found
    assert str(found).startswith("Nothing found. Looked at the losses") and "1,097 train" in str(found)


@pytest.mark.slow
def test_nothing_is_said_of_healthy_keras_runs(sample):
    import keras
    from keras import layers

    part = replace(sample, train=sample.train[:600])
    for seed, model, loss in (
        (0, stack(layers.Dense(32, "relu"), layers.Dense(10, "softmax")), "sparse_categorical_crossentropy"),
        (
            1,
            stack(layers.Dense(32), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3), layers.Dense(10)),
            None,
        ),
        (2, keras.Sequential([keras.Input((28, 28)), models.mlp((32,))]), None),
        (3, stack(layers.Dense(32, "tanh"), layers.Dense(10)), None),
    ):
        set_seed(seed)
        history = fit(model, part.train, loss, epochs=10)
        assert not diagnose(history, model, part).findings
        assert not diagnose(None, model, part).findings


def test_nothing_is_said_of_parts(healthy, sample):
    model, history = healthy
    for parts in ((history, None, None), (None, model, None), (None, None, sample), (None, model, sample)):
        assert diagnose(*parts).findings == ()
    only_test = SimpleNamespace(test=sample.test)
    assert diagnose(history, model, only_test).findings == ()
    untrained = models.softmax_regression()  # all zero, and rightly so
    assert diagnose(None, untrained).findings == ()
    scaled = SimpleNamespace(train=Split(sample.train.images / np.float32(255), sample.train.labels))
    assert diagnose(None, None, scaled).findings == ()


# ---- histories


@pytest.mark.parametrize(
    ("losses", "names", "cell"),
    [
        ([0.5, float("nan")], ["nan"], "exhibit-nan"),
        ([0.5, float("inf")], ["nan"], "exhibit-nan"),
        ([16.4, 2.305, 2.311], ["rate too high"], "exhibit-rate"),
        ([4318.7, 4.99, 5.65], ["rate too high"], "exhibit-rate"),
        ([0.9, 0.4, 1.1], ["rate too high"], "exhibit-rate"),
        ([2.3017, 2.3013, 2.3011], ["stuck"], "exhibit-rate"),
        ([2.383, 2.333, 2.288], ["rate too low"], "exhibit-rate"),
        (FALLING, [], None),
        ([0.9], [], None),
        ([1.5, 0.6, 0.35], [], None),
        ([0.02, 0.001, 0.03], [], None),
    ],
)
def test_losses(losses, names, cell):
    for history in ({"loss": losses}, SimpleNamespace(history={"loss": losses}), SimpleNamespace(loss=losses)):
        found = diagnose(history)
        assert list(found.names) == names
        assert not names or found.findings[0].link == f"16_the_loss_does_not_fall.ipynb#{cell}"


@pytest.mark.parametrize(
    ("loss", "validation", "names"),
    [
        ([0.9, 0.3, 0.1, 0.01], [0.5, 0.4, 0.42, 0.5], ["overfitting"]),
        ([0.9, 0.3, 0.1, 0.01], [0.5, 0.4, 0.38, 0.39], []),  # level
        ([0.9, 0.3, 0.28, 0.27], [0.5, 0.4, 0.42, 0.5], []),  # training does not fall either
        ([0.05, 0.03, 0.02, 0.01], [0.08, 0.06, 0.07, 0.09], []),  # by little
        ([0.9, 0.3, 0.1, 0.01], [0.5, 0.4, float("nan"), 0.5], ["nan"]),
    ],
)
def test_overfitting(loss, validation, names):
    assert list(diagnose({"loss": loss, "val_loss": validation}).names) == names
    assert list(diagnose(SimpleNamespace(loss=loss, validation_loss=validation)).names) == names


# ---- data


def changed(sample, part="train", **fields):
    split = getattr(sample, part)
    fields = {"images": split.images, "labels": split.labels, **fields}
    return replace(sample, **{part: SimpleNamespace(**fields)})


def test_labels(sample, random):
    y = sample.train.labels
    for labels, word in (
        (random.permutation(y), "agree with only"),
        (np.eye(10)[y], "one-hot"),
        (y[:, None], "column"),
        (y + 1, "from 1 to 10"),
        (y.astype(int) - 1, "from -1 to 8"),
        (y + 0.5, "from 0.5"),
        (y.astype(str), "no numbers"),
        (y[:100], "1097 images, but labels of shape (100,)"),
    ):
        found = diagnose(None, None, changed(sample, labels=labels))
        assert found.names == ("labels",) and word in str(found), found
    found = diagnose(None, None, changed(sample, "test", labels=random.permutation(sample.test.labels)))
    assert found.names == ("labels",) and "of the test labels" in str(found)


def test_pixels(sample):
    for part in ("train", "validation", "test"):
        images = getattr(sample, part).images
        for wrong, word in (
            (images / np.float32(255), "go up to 1"),
            (255 - images, "negative"),
            (1 - (255 - images), "1 - image"),
            (images * np.float32(np.nan), "NaN"),
        ):
            with np.errstate(invalid="ignore"):
                found = diagnose(None, None, changed(sample, part, images=wrong))
            assert found.names == (("nan",) if word == "NaN" else ("pixels",)) and word in str(found)


def test_leaks(sample):
    test = sample.test.images.copy()
    test[:7] = sample.train.images[100:107]
    for images in (test, test / np.float32(255)):
        found = diagnose(None, None, SimpleNamespace(train=sample.train, test=Split(images, sample.test.labels)))
        said = {finding.name: finding.sentence for finding in found.findings}
        assert said["leak"].startswith("7 of the 400 test images (1.8%) are among the train images")
    same = replace(sample, validation=sample.test)
    assert "400 of the 400 test images (100.0%) are among the validation images" in str(diagnose(None, None, same))


# ---- models


def test_nan_in_weights(sample, healthy):
    model = models.mlp((8,))
    weights = model.get_weights()
    weights[0][3, 3] = np.nan
    model.set_weights(weights)
    for data in (None, sample):
        found = diagnose(None, model, data)
        assert found.names == ("nan",) and "1 of the model's 4 arrays" in str(found)


def test_the_famous_098(sample):
    import tensorflow as tf
    from keras import layers

    set_seed(0)
    model = stack(layers.Dense(10, "softmax", kernel_initializer="zeros"))
    one_hot = SimpleNamespace(images=sample.train.images, labels=np.eye(10)[sample.train.labels])
    history = fit(model, one_hot, lambda y, p: -tf.reduce_sum(y * tf.math.log(p)), rate=50.0, epochs=2)
    assert diagnose(history).names == diagnose(None, model).names == diagnose(history, model, sample).names == ("nan",)


def test_softmax_twice(sample):
    from keras import layers

    set_seed(0)
    model = stack(layers.Dense(32, "relu"), layers.Dense(10), layers.Softmax())
    history = train(model, sample, epochs=8, batch_size=64, learning_rate=0.005, verbose=False)
    assert min(history.loss) > FLOOR
    for told in (history, None):
        found = diagnose(told, model, sample)
        assert found.names == ("softmax twice",) and "1.461" in str(found)


@pytest.mark.slow
def test_scale_of_the_model(sample):
    from keras import layers

    set_seed(0)
    model = stack(layers.Dense(32, "relu"), layers.Dense(10), scale=1)
    small = replace(sample, **{
        name: Split(getattr(sample, name).images / np.float32(255), getattr(sample, name).labels)
        for name in ("train", "validation", "test")
    })  # fmt: skip
    history = fit(model, small.train, epochs=15)
    assert diagnose(history, model, small).findings == ()
    found = diagnose(history, model, sample)
    assert found.names == ("pixels",) and "divided by 255" in str(found)


def test_scale_of_the_data(sample, healthy):
    small = SimpleNamespace(validation=Split(sample.validation.images / np.float32(255), sample.validation.labels))
    found = diagnose(None, healthy[0], small)
    assert found.names == ("pixels",) and "multiplied by 255" in str(found)


@pytest.mark.parametrize("start", [0.0, 0.01])
def test_equal_units(start, sample):
    import keras

    set_seed(0)
    same = {"kernel_initializer": keras.initializers.Constant(start)}
    model = stack(keras.layers.Dense(32, "relu", **same), keras.layers.Dense(10, **same))
    history = fit(model, sample.train, epochs=3)
    for parts in ((history, model, sample), (None, model, None)):
        found = diagnose(*parts)
        assert found.names == ("zeros",) and "All 32 units" in str(found)


def test_dead_units(sample, healthy):
    import keras

    model = keras.models.clone_model(healthy[0])
    W, b, *rest = healthy[0].get_weights()
    b = b.copy()
    b[:20] = -1e4
    model.set_weights([W, b, *rest])
    found = diagnose(None, model, sample)
    assert found.names == ("dead",) and "of the 32 units of layer" in str(found)
    b[:] = -1e4
    model.set_weights([W, b, *rest])
    assert diagnose(None, model, sample).names == ("dead",)  # which explains the constant answer


@pytest.mark.slow
def test_training_mode(sample):
    import keras
    from keras import layers

    set_seed(0)
    for layer, word in ((layers.Dropout(0.3), "Asked twice"), (layers.BatchNormalization(), "asked alone")):
        model = stack(layers.Dense(32, "relu"), layer, layers.Dense(10))
        fit(model, sample.train, epochs=15)
        assert diagnose(None, model, sample).findings == ()
        pixels = keras.Input((28, 28))
        found = diagnose(None, keras.Model(pixels, model(pixels, training=True)), sample)
        assert found.names == ("mode",) and word in str(found)


def test_constant_answers(sample):
    from keras import layers

    model = stack(layers.Dense(10))
    model.set_weights([np.zeros((784, 10)), 3 * np.eye(10)[4]])
    found = diagnose(None, model, sample)
    assert found.names == ("constant",) and "a 4." in str(found)


def test_nothing_is_changed(sample, healthy):
    model, history = healthy
    before = [w.copy() for w in model.get_weights()]
    assert str(diagnose(history, model, sample)) == str(diagnose(history, model, sample))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- how it speaks


def test_text_and_table(healthy):
    found = diagnose({"loss": [1.0, float("nan")]})
    assert str(found) == repr(found)
    assert str(found).splitlines() == [
        "nan: The loss is nan in epoch 2. See 16_the_loss_does_not_fall.ipynb#exhibit-nan",
        "Looked at the losses of 2 epochs.",
    ]
    assert "<a href='16_the_loss_does_not_fall.ipynb#exhibit-nan'>nan</a>" in found._repr_html_()
    nothing = diagnose({"loss": [0.4]})
    assert str(nothing) == "Nothing found. Looked at the losses of 1 epoch."
    assert nothing._repr_html_() == "<p>Nothing found. Looked at the losses of 1 epoch.</p>"
    assert str(diagnose(None, healthy[0])) == "Nothing found. Looked at the model's weights."


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ((), ValueError, "nothing to look at"),
        (({"loss": []},), ValueError, "nothing to look at"),
        (({"loss": ["a"]},), TypeError, "without a list of losses"),
        ((3,), TypeError, "history is a int"),
        ((None, "model"), TypeError, "model is a str"),
        ((None, None, [1, 2]), TypeError, "data is a list"),
        ((None, None, SimpleNamespace(train=[1])), TypeError, "data.train is a list"),
        ((None, None, SimpleNamespace(test=SimpleNamespace(images=np.ones((3, 784)), labels=[1]))), ValueError, "784"),
    ],
)
def test_what_cannot_be_looked_at(parts, error, words):
    with pytest.raises(error, match=words):
        diagnose(*parts)


def test_models_of_another_shape(sample):
    import keras
    from keras import layers

    with pytest.raises(ValueError, match=r"into \(1000, 26\)"):
        diagnose(None, stack(layers.Dense(26)), sample)
    with pytest.raises(ValueError, match="cannot read images of shape"):
        diagnose(None, keras.Sequential([keras.Input((784,)), layers.Dense(10)]), sample)
