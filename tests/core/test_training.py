"""train and evaluate, seen from outside: against a plain loop, against scikit-learn, and with bad input."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

import mnist_lib
from mnist_lib import evaluate, models, predict, train
from mnist_lib.numerics.fused import FusedAdam
from mnist_lib.recipes.augmentation import vary
from mnist_lib.training import History, one_cycle


def trained(sample, build=models.mlp, seed=0, **options):
    mnist_lib.set_seed(seed)
    model = build()
    history = train(model, sample, verbose=False, seed=seed, **{"epochs": 2, **options})
    return model, history


@pytest.fixture(scope="module")
def mlp(sample):
    """An MLP of two epochs, for those that only look at it."""
    return trained(sample)[0]


@pytest.mark.slow
@pytest.mark.parametrize(("batch_size", "atol"), [(100, 1e-3), (99, 2e-3)], ids=["in two halves", "odd, whole"])
def test_equal_to_a_plain_keras_loop_on_the_same_batches(sample, batch_size, atol):
    epochs, seed = 2, 5
    settings = {"learning_rate": 1e-3, "epsilon": 1e-4}  # a smaller epsilon blows rounding up to whole steps
    fused = FusedAdam(**settings)
    model, history = trained(sample, models.cnn, seed, epochs=epochs, batch_size=batch_size, optimizer=fused)

    mnist_lib.set_seed(seed)
    plain = models.cnn()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    plain.compile(optimizer=keras.optimizers.Adam(**settings), loss=loss, metrics=["accuracy"])
    random = np.random.default_rng(seed)
    steps = len(sample.train) // batch_size
    for epoch in range(epochs):
        order = random.permutation(len(sample.train))[: steps * batch_size]
        fitted = plain.fit(
            sample.train.images[order], sample.train.labels[order], batch_size=batch_size, shuffle=False, verbose=0
        )
        np.testing.assert_allclose(history.loss[epoch], fitted.history["loss"][0], rtol=1e-3)
        np.testing.assert_allclose(history.accuracy[epoch], fitted.history["accuracy"][0], atol=0.005)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)


def shifted(images, seed):
    by = tf.random.stateless_uniform([2], seed, -2, 3, tf.int32)
    return tf.roll(images, by, axis=[1, 2])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "options"),
    [(models.mlp, {}), (models.cnn, {}), (models.mlp, {"augment": shifted}), (models.mlp, {"augment": vary})],
)
def test_reproducible_to_the_bit(sample, build, options):
    first, second = (trained(sample, build, **options)[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_augmentation_sees_pixels_and_another_seed_at_each_step(sample):
    seen = []

    def look(images, seed):
        assert images.dtype == tf.uint8 and images.shape[1:] == (28, 28)
        tf.py_function(lambda *given: seen.append([tuple(given[0].numpy()), given[1].numpy()]), [seed, images], [])
        return 255 - images

    mnist_lib.set_seed(0)
    train(models.softmax_regression(), sample, epochs=2, batch_size=500, augment=look, seed=7, verbose=False)
    seen.sort(key=lambda call: call[0])  # two halves of each batch, side by side
    assert [seed for seed, _ in seen] == [(7, call) for call in range(8)]
    np.testing.assert_array_equal(
        np.concatenate([images for _, images in seen[:4]]),
        sample.train.images[np.random.default_rng(7).permutation(len(sample.train))[:1000]],
    )


def test_another_loss(sample):
    def twice(labels, logits):
        return 2 * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    once, double = (
        trained(sample, models.softmax_regression, epochs=1, batch_size=len(sample.train), loss=loss)[1].loss[0]
        for loss in (None, twice)
    )
    assert double == pytest.approx(2 * once) and once == pytest.approx(np.log(10), rel=1e-5)


def test_on_epoch_sees_each_epoch_and_can_end_the_training(sample):
    seen = []

    def look(model, history):
        seen.append((model.name, len(history.validation_accuracy)))
        return len(seen) == 3

    _, history = trained(sample, models.softmax_regression, epochs=9, on_epoch=look)
    assert seen == [("softmax", 1), ("softmax", 2), ("softmax", 3)] and len(history.loss) == 3


@pytest.mark.parametrize("end", [None, lambda model, history: len(history.loss) == 1], ids=["all epochs", "early"])
def test_averaged_weights_are_the_models_at_the_end(sample, end):
    optimizer = FusedAdam(0.01, use_ema=True, ema_momentum=0.9)
    model, history = trained(sample, models.softmax_regression, optimizer=optimizer, on_epoch=end)
    assert len(history.loss) == len(history.validation_loss) == (1 if end else 2)
    for weights, average in zip(model.trainable_variables, optimizer._model_variables_moving_average, strict=True):
        np.testing.assert_array_equal(weights, average)
    assert history.validation_accuracy[-1] == evaluate(model, sample.validation).accuracy


@pytest.mark.parametrize(
    "options",
    [{}, {"weight_decay": 0.1}, {"clipnorm": 0.5}, {"beta_1": 0.7, "beta_2": 0.9}, {"use_ema": True}],
    ids=str,
)
def test_fused_adam_is_adam(options):
    random = np.random.default_rng(0)
    start = [random.normal(size=shape).astype(np.float32) for shape in ((20, 30), (30,))]
    gradients = [[random.normal(size=one.shape).astype(np.float32) for one in start] for _ in range(20)]
    ends = []
    for kind in (FusedAdam, keras.optimizers.Adam):
        variables = [keras.Variable(one) for one in start]
        optimizer = kind(one_cycle(0.05, 20), **options)
        for step in gradients:
            optimizer.apply([tf.constant(one) for one in step], variables)
        ends.append([variable.numpy() for variable in variables])
    for fused, plain in zip(*ends, strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=1e-5)


def test_fused_adam_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="amsgrad.*keras.optimizers.Adam"):
        FusedAdam(amsgrad=True)


def test_one_cycle_rises_to_its_peak_and_falls():
    schedule = one_cycle(0.01, 200, rise=0.25)
    rates = [float(schedule(step)) for step in range(201)]
    assert rates[0] == pytest.approx(0.0005) and rates[-1] == pytest.approx(1e-5)
    assert max(rates) == pytest.approx(0.01) and rates.index(max(rates)) == 50
    assert all(np.diff(rates[:51]) > 0) and all(np.diff(rates[50:]) < 0)


def test_one_cycle_without_a_rise_is_a_cosine():
    import keras

    cosine = keras.optimizers.schedules.CosineDecay(0.01, 200)
    assert one_cycle(0.01, 200, rise=0, end=0).get_config() == cosine.get_config()


def test_another_seed_gives_another_run(sample, mlp):
    other = trained(sample, seed=1)[0]
    assert any((a != b).any() for a, b in zip(mlp.get_weights(), other.get_weights(), strict=True))


def test_it_learns_and_the_history_says_so(sample):
    model, history = trained(sample, models.softmax_regression, epochs=20)
    assert len(history.loss) == len(history.accuracy) == len(history.validation_loss) == len(history.seconds) == 20
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert evaluate(model, sample.test).accuracy > 0.7
    assert history.validation_accuracy[-1] == evaluate(model, sample.validation).accuracy


def test_the_test_digits_are_never_touched(sample):
    class NoTest:
        train, validation = sample.train, sample.validation

        @property
        def test(self):
            raise AssertionError("train() looked at the test digits")

    train(models.softmax_regression(), NoTest(), epochs=1, verbose=False)


def test_the_optimiser_given_is_the_one_used(sample):
    model, _ = trained(sample, models.softmax_regression, optimizer=keras.optimizers.SGD(0.0))
    assert not np.any(model.get_weights()[0])


def test_schedule_reaches_its_end(sample):
    steps = 2 * (len(sample.train) // 128)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, steps))
    trained(sample, models.softmax_regression, optimizer=optimizer)
    assert int(optimizer.iterations) == steps
    np.testing.assert_allclose(optimizer.learning_rate, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 1, "batch_size": 0}, "batch_size is 0"),
        ({"epochs": 1, "batch_size": 99_999}, "from 1 to 1097"),
    ],
)
def test_bad_settings(sample, options, words):
    with pytest.raises(ValueError, match=words):
        train(models.softmax_regression(), sample, **options)


def test_a_model_with_another_output_is_refused(sample):
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"\(1, 3\).*Dense\(10\)"):
        train(model, sample, epochs=1)


class OwnModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.dense = keras.layers.Flatten(), keras.layers.Dense(10)

    def call(self, images):
        return self.dense(self.flatten(images) / 255)


def test_a_model_of_its_own_class(sample):
    _, history = trained(sample, OwnModel, epochs=20)
    assert history.validation_accuracy[-1] > 0.8


def test_a_penalty_on_weights_is_part_of_the_loss(sample):
    def penalised():
        dense = keras.layers.Dense(10, kernel_regularizer=keras.regularizers.L2(0.5))
        return keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Rescaling(1 / 255), dense])

    fused = FusedAdam(epsilon=1e-4)
    model, history = trained(sample, penalised, 0, epochs=1, batch_size=100, optimizer=fused)
    mnist_lib.set_seed(0)
    plain = penalised()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    plain.compile(keras.optimizers.Adam(epsilon=1e-4), loss)
    order = np.random.default_rng(0).permutation(len(sample.train))[: len(sample.train) // 100 * 100]
    images, labels = sample.train.images[order].astype(np.float32), sample.train.labels[order]
    fitted = plain.fit(images, labels, batch_size=100, shuffle=False, verbose=0)
    assert history.loss[0] == pytest.approx(fitted.history["loss"][0], rel=1e-3)
    np.testing.assert_allclose(model.get_weights()[0], plain.get_weights()[0], atol=1e-3)


@pytest.mark.slow
def test_no_retracing_and_no_warning_over_many_trainings(sample, caplog):
    for _ in range(6):
        trained(sample, models.softmax_regression, epochs=1)
    assert "retracing" not in caplog.text


def test_progress_leaves_one_table(sample, capsys):
    mnist_lib.set_seed(0)
    train(models.softmax_regression(), sample, epochs=12)
    printed = capsys.readouterr().out
    assert len(printed.strip().splitlines()) == 7 and "validation" in printed


def test_history_rows_keep_first_and_last():
    history = History("x", *([list(range(25))] * 5))
    assert [epoch for epoch, _ in history.rows()][0] == 1
    assert [epoch for epoch, _ in history.rows()][-1] == 25
    assert len(history.rows()) == 6 and History("x").rows() == []
    assert "<table>" in history._repr_html_()


def test_report_against_scikit_learn(sample):
    model, _ = trained(sample, epochs=5)
    report = evaluate(model, sample.test)
    labels = sample.test.labels
    assert report.accuracy == pytest.approx(accuracy_score(labels, report.predictions))
    probabilities = report.probabilities.astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert report.loss == pytest.approx(log_loss(labels, probabilities, labels=range(10)), rel=1e-4)
    np.testing.assert_array_equal(report.confusion, confusion_matrix(labels, report.predictions))
    assert f"{report.accuracy:.2%}" in str(report)


def test_predict_is_softmax_of_the_logits(sample, mlp):
    images = sample.test.images[:7]
    probabilities = predict(mlp, images)
    np.testing.assert_allclose(probabilities, tf.nn.softmax(mlp(images)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(predict(mlp, images[0]), probabilities[:1], rtol=1e-4, atol=1e-6)
    assert predict(mlp, images[:0]).shape == (0, 10)


def test_predict_of_more_than_one_batch(sample, mlp):
    images = sample.train.images
    parts = np.concatenate([predict(mlp, images[i : i + 250]) for i in range(0, len(images), 250)])
    np.testing.assert_allclose(predict(mlp, images), parts, rtol=1e-4, atol=1e-6)


def test_predict_names_the_wrong_shape():
    with pytest.raises(ValueError, match=r"\(2, 784\).*\(N, 28, 28\)"):
        predict(models.softmax_regression(), np.zeros((2, 784)))


def test_extreme_logits_give_a_finite_loss(sample):
    model = models.softmax_regression()
    model.layers[-1].set_weights([np.zeros((784, 10)), np.arange(10) * 100.0])
    report = evaluate(model, sample.test)
    assert np.isfinite(report.loss) and np.isfinite(report.probabilities).all()
