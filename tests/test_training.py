"""train and evaluate, seen from outside: against a plain loop, against scikit-learn, and with bad input."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

import mnist_lib
from mnist_lib import evaluate, models, predict, train
from mnist_lib.training import History


def trained(sample, build=models.mlp, seed=0, **options):
    mnist_lib.set_seed(seed)
    model = build()
    history = train(model, sample, verbose=False, seed=seed, **{"epochs": 2, **options})
    return model, history


def test_equal_to_a_plain_keras_loop_on_the_same_batches(sample):
    batch_size, epochs, seed = 100, 2, 5
    model, history = trained(sample, models.cnn, seed, epochs=epochs, batch_size=batch_size)

    mnist_lib.set_seed(seed)
    plain = models.cnn()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    plain.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    random = np.random.default_rng(seed)
    steps = len(sample.train) // batch_size
    for epoch in range(epochs):
        order = random.permutation(len(sample.train))[: steps * batch_size]
        fitted = plain.fit(
            sample.train.images[order], sample.train.labels[order], batch_size=batch_size, shuffle=False, verbose=0
        )
        np.testing.assert_allclose(history.loss[epoch], fitted.history["loss"][0], rtol=1e-3)
        np.testing.assert_allclose(history.accuracy[epoch], fitted.history["accuracy"][0], atol=0.002)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


@pytest.mark.parametrize("build", [models.mlp, models.cnn])
def test_reproducible_to_the_bit(sample, build):
    first, second = (trained(sample, build)[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_another_seed_gives_another_run(sample):
    first, second = (trained(sample, seed=seed)[0].get_weights() for seed in (0, 1))
    assert any((a != b).any() for a, b in zip(first, second, strict=True))


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
    with pytest.raises(ValueError, match=r"\(None, 3\).*Dense\(10\)"):
        train(model, sample, epochs=1)


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


def test_predict_is_softmax_of_the_logits(sample):
    model, _ = trained(sample)
    images = sample.test.images[:7]
    probabilities = predict(model, images)
    np.testing.assert_allclose(probabilities, tf.nn.softmax(model(images)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(predict(model, images[0]), probabilities[:1], rtol=1e-4, atol=1e-6)
    assert predict(model, images[:0]).shape == (0, 10)


def test_predict_of_more_than_one_batch(sample):
    model, _ = trained(sample)
    images = sample.train.images
    parts = np.concatenate([predict(model, images[i : i + 250]) for i in range(0, len(images), 250)])
    np.testing.assert_allclose(predict(model, images), parts, rtol=1e-4, atol=1e-6)


def test_predict_names_the_wrong_shape():
    with pytest.raises(ValueError, match=r"\(2, 784\).*\(N, 28, 28\)"):
        predict(models.softmax_regression(), np.zeros((2, 784)))


def test_extreme_logits_give_a_finite_loss(sample):
    model = models.softmax_regression()
    model.layers[-1].set_weights([np.zeros((784, 10)), np.arange(10) * 100.0])
    report = evaluate(model, sample.test)
    assert np.isfinite(report.loss) and np.isfinite(report.probabilities).all()
