"""The checks of notebook 08: blank, each typical mistake, odd input, and the right answer."""

import numpy as np
import pytest
import tensorflow as tf

from mnist_lib import models, set_seed, train
from mnist_lib.checks import accuracy as checks
from mnist_lib.recipes import augmentation

LOWEST = -0.82 * np.log(0.82) - 0.18 * np.log(0.02)
A, B = np.array([25, 17, 18]), np.array([19, 14, 18])
APART = (A.mean() - B.mean()) / np.sqrt(A.var(ddof=1) / 3 + B.var(ddof=1) / 3)


def said(capsys, check, *answers):
    check(*answers)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two numbers"),
        ((0.82, None), "…", "two numbers"),
        (("abc", 1), "✗", "best: not yet"),
        ((float("nan"), 1), "✗", "best: not yet"),
        (([], {}), "✗", "best: not yet"),
        ((0.8, 1), "✗", "a tenth of it back"),
        ((1, 1), "✗", "nine others"),
        ((0.91, 1), "✗", "Here it is 0.2"),
        ((0.02, 1), "✗", "each wrong digit"),
        ((0.82, 0), "✗", "out of reach"),
        ((0.82, -0.82 * np.log(0.82)), "✗", "Nine more"),
        ((0.82, -0.18 * np.log(0.02)), "✗", "is missing"),
        ((0.82, -0.82 * np.log(0.82) - 0.02 * np.log(0.02)), "✗", "There are nine"),
        ((0.82, -np.log(0.82)), "✗", "plain label"),
        ((0.82, LOWEST / np.log(2)), "✗", "bits"),
        ((0.82, "low"), "✗", "lowest: not yet"),
        ((0.82, 7), "✗", "lowest: not yet"),
        ((0.82, LOWEST), "✓", "0.867"),
        ((np.float32(0.82), 0.867), "✓", "not to be compared"),
    ],
)
def test_softest_loss(answer, mark, word, capsys):
    output = said(capsys, checks.softest_loss, *answer)
    assert output.startswith(mark) and word in output


def test_the_lowest_loss_is_the_library_s():
    from mnist_lib.recipes.trainings import smoothed_cross_entropy

    logits = np.log(np.array([[0.82] + [0.02] * 9], np.float32))
    np.testing.assert_allclose(smoothed_cross_entropy(np.array([0]), logits, 0.2), [LOWEST], rtol=1e-5)


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "how many standard errors"),
        ((APART, None), "…", "how many standard errors"),
        (("abc", "not shown"), "✗", "apart: not yet"),
        ((float("inf"), "not shown"), "✗", "apart: not yet"),
        ((9, "not shown"), "✗", "apart: not yet"),
        ((3 / A.std(ddof=1), "not shown"), "✗", "one training"),
        ((3 / B.std(ddof=1), "not shown"), "✗", "one training"),
        ((3 / A.std(ddof=1) * 3**0.5, "not shown"), "✗", "one mean"),
        ((3 / B.std(ddof=1) * 3**0.5, "not shown"), "✗", "one mean"),
        ((3 / ((A.std(ddof=1) + B.std(ddof=1)) / 3**0.5), "not shown"), "✗", "their squares do"),
        ((3 / np.sqrt(A.var() / 3 + B.var() / 3), "not shown"), "✗", "m - 1"),
        ((3, "not shown"), "✗", "difference in mistakes"),
        ((3 / APART, "not shown"), "✗", "fit into"),
        ((APART, "shown"), "✗", "verdict"),
        ((APART, 7), "✗", "verdict"),
        ((APART, " Not shown"), "✓", "train more often"),
        ((-APART, "not shown"), "✓", "train more often"),
    ],
)
def test_shown_or_not(answer, mark, word, capsys):
    output = said(capsys, checks.shown_or_not, *answer)
    assert output.startswith(mark) and word in output


def shifted(images, seed):
    by = tf.random.stateless_normal([len(images), 2], seed, stddev=0.5)
    nothing = tf.zeros(len(images))
    where = augmentation.affine(nothing, nothing, nothing + 1, nothing + 1, by)
    return augmentation.look_up(tf.cast(images, tf.float32), where)


@pytest.fixture(scope="module")
def trained(sample):
    set_seed(0)
    model = models.softmax_regression()
    train(model, sample, epochs=20, verbose=False)
    return model


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "vary_my_way"),
        (7, "✗", "does not run in a graph"),
        (lambda images: images, "✗", "does not run in a graph"),
        (lambda images, seed: images[:, :14], "✗", "(300, 14, 28)"),
        (lambda images, seed: tf.cast(images, tf.float32) + 300, "✗", "within 0 and 255"),
        (lambda images, seed: tf.cast(images, tf.float32) / 0, "✗", "within 0 and 255"),
        (lambda images, seed: tf.random.uniform(tf.shape(images)), "✗", "stateless"),
        (lambda images, seed: images, "✗", "leaves all images"),
        (lambda images, seed: 255 - images, "✗", "Another seed"),
        (
            lambda images, seed: tf.roll(images, 1 + seed[1], 1),
            "✗",
            "same way",
        ),
        (
            lambda images, seed: tf.random.stateless_uniform(tf.shape(images), seed, 0, 255),
            "✗",
            "make the change weaker",
        ),
        (shifted, "✓", "only question that counts"),
    ],
)
def test_own_variation(function, mark, word, sample, trained, capsys):
    output = said(capsys, checks.own_variation, function, trained, sample)
    assert output.startswith(mark) and word in output
