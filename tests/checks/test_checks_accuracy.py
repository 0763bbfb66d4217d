"""The exercises of lesson 14."""

import numpy as np
import pytest
import tensorflow as tf

from mnist_course.checks import accuracy as checks
from mnist_lib.recipes import augmentation


def shifted(images, seed):
    by = tf.random.stateless_normal([len(images), 2], seed, stddev=0.5)
    nothing = tf.zeros(len(images))
    where = augmentation.affine(nothing, nothing, nothing + 1, nothing + 1, by)
    return augmentation.look_up(tf.cast(images, tf.float32), where)


OLD, NEW = np.array([25, 17, 18]), np.array([19, 14, 18])
APART = (OLD.mean() - NEW.mean()) / np.sqrt(OLD.var(ddof=1) / 3 + NEW.var(ddof=1) / 3)
RIGHT = {
    "softest_loss": [(np.float32(0.82), 0.867)],
    "shown_or_not": [(APART, " Not shown"), (-APART, "not shown")],
    "own_variation": [shifted],
}
WRONG = {
    "own_variation": {
        "odd": lambda images: images,
        "shape": lambda images, seed: images[:, :14],
        "range": lambda images, seed: tf.cast(images, tf.float32) + 300,
        "twice": lambda images, seed: tf.random.uniform(tf.shape(images)),
        "nothing": lambda images, seed: images,
        "seed": lambda images, seed: 255 - images,
        "alike": lambda images, seed: tf.roll(images, 1 + seed[1], 1),
        "strong": lambda images, seed: tf.random.stateless_uniform(tf.shape(images), seed, 0, 255),
    }
}


def test_the_lowest_loss_is_the_library_s():
    from mnist_lib.recipes.trainings import smoothed_cross_entropy

    logits = np.log(np.array([[0.82] + [0.02] * 9], np.float32))
    loss = smoothed_cross_entropy(np.array([0]), logits, 0.2)[0]
    np.testing.assert_allclose(loss, -0.82 * np.log(0.82) - 0.18 * np.log(0.02), rtol=1e-5)
    verdict = checks.softest_loss.verdict(0.82, float(loss))
    assert verdict.mark == "✓" and "0.867" in verdict.text


@pytest.mark.parametrize(
    ("apart", "word"),
    [
        (3 / OLD.std(ddof=1), "one training"),
        (3 / NEW.std(ddof=1), "one training"),
        (3 / OLD.std(ddof=1) * 3**0.5, "one mean"),
        (3 / NEW.std(ddof=1) * 3**0.5, "one mean"),
        (3 / ((OLD.std(ddof=1) + NEW.std(ddof=1)) / 3**0.5), "their squares do"),
        (3 / np.sqrt(OLD.var() / 3 + NEW.var() / 3), "m - 1"),
        (3, "difference in mistakes"),
        (3 / APART, "fit into"),
    ],
    ids=["old", "new", "old-mean", "new-mean", "sum", "m", "difference", "error"],
)
def test_the_slips_of_apart_are_what_they_say(apart, word):
    assert word in checks.shown_or_not.verdict(apart, "not shown").text
    assert word in checks.shown_or_not.verdict(-apart, "not shown").text


def test_one_standard_error_is_not_even_open():
    verdict = checks.shown_or_not.verdict(APART, "open")
    assert verdict.mark == "✗" and "two to three" in verdict.text


def test_own_variation_within_the_range(data, model):
    not_a_number = checks.own_variation.verdict(lambda images, seed: tf.cast(images, tf.float32) / 0, model, data)
    assert not_a_number.slip == "range"
    text = checks.own_variation.verdict(lambda images, seed: images[:, :14], model, data).text
    assert "(300, 14, 28)" in text
