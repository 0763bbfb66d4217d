"""Variation of images, from outside: against exact shifts and turns, and what must always hold."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mnist_lib import evaluate, models, predict, set_seed
from mnist_lib.recipes import trainings as recipes
from mnist_lib.recipes.augmentation import affine, look_up, thicken, vary

NOTHING = {"turn": 0, "slant": 0, "size": 0, "shift": 0, "bend": 0, "pen": 0, "blur": 0, "grain": 0}
images = hnp.arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(28), st.just(28)))


def places(turn=0.0, slant=0.0, width=1.0, height=1.0, x=0.0, y=0.0):
    return affine(*(tf.constant([value], tf.float32) for value in (turn, slant, width, height)), tf.constant([[x, y]]))


def moved(image, **how):
    return look_up(tf.constant(image[None], tf.float32), places(**how))[0].numpy()


@given(images)
@settings(max_examples=20, deadline=None)
def test_no_variation_changes_nothing(some):
    np.testing.assert_allclose(vary(some, [0, 1], **NOTHING), some, atol=1e-3)


@given(images, st.integers(0, 2**31 - 1))
@settings(max_examples=20, deadline=None)
def test_pixels_stay_pixels_and_the_seed_decides(some, seed):
    first, again = (vary(some, [3, seed]).numpy() for _ in range(2))
    assert first.shape == some.shape and first.dtype == np.float32 and np.isfinite(first).all()
    assert first.min() >= 0 and first.max() <= 255
    np.testing.assert_array_equal(first, again)


def test_each_image_and_each_step_varies_in_its_own_way(sample):
    same = np.repeat(sample.train.images[:1], 8, axis=0)
    first, second = (vary(same, [0, step]).numpy() for step in (1, 2))
    assert len(np.unique(first, axis=0)) == 8 and (first != second).any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, lambda one: one),
        ({"x": 3.0}, lambda one: np.pad(one, ((0, 0), (0, 3)))[:, 3:]),
        ({"y": -2.0}, lambda one: np.pad(one, ((2, 0), (0, 0)))[:28]),
        ({"turn": np.pi / 2}, lambda one: np.rot90(one)),
        ({"turn": np.pi}, lambda one: one[::-1, ::-1]),
        ({"width": -1.0}, lambda one: one[:, ::-1]),
    ],
    ids=["nothing", "left", "down", "a quarter turn", "half a turn", "mirrored"],
)
def test_moves_with_a_known_result(sample, how, expected):
    image = sample.train.images[7].astype(np.float32)
    np.testing.assert_allclose(moved(image, **how), expected(image), atol=0.05)


def test_half_a_pixel_is_the_mean_of_two(sample):
    image = sample.train.images[3].astype(np.float32)
    expected = (image + np.pad(image, ((0, 0), (0, 1)))[:, 1:]) / 2
    np.testing.assert_allclose(moved(image, x=0.5), expected, atol=0.05)


def test_size_slant_and_pen_go_the_way_they_are_named(sample):
    one = sample.train.images[sample.train.labels == 1][0]
    ink = [moved(one, width=width, height=width).sum() for width in (1.25, 1.0, 0.8)]
    assert ink[0] < ink[1] < ink[2]  # reading a wider field makes the digit smaller
    leaning = moved(one, slant=0.5)
    balance = [np.average(np.arange(28), weights=leaning[rows].sum(axis=0)) for rows in (slice(4, 14), slice(14, 24))]
    straight = [np.average(np.arange(28), weights=one[rows].sum(axis=0)) for rows in (slice(4, 14), slice(14, 24))]
    assert abs((balance[0] - balance[1]) - (straight[0] - straight[1])) > 2
    pens = [thicken(tf.constant(one[None, ..., None], tf.float32), tf.fill([1, 1, 1, 1], a)) for a in (-1.2, 0.0, 1.2)]
    thin, same, thick = (np.asarray(pen)[0, ..., 0] for pen in pens)
    assert thin.sum() < same.sum() < thick.sum()
    np.testing.assert_array_equal(same, one)


@pytest.mark.slow
def test_the_accurate_recipe_learns_and_repeats(sample):
    first, second = (recipes.train_accurately(sample, epochs=8, batch_size=64, verbose=False, seed=1) for _ in range(2))
    assert evaluate(first[0], sample.validation).accuracy > 0.9
    assert first[1].validation_loss == second[1].validation_loss


def weights_after_an_epoch(sample, **changes):
    options = {"epochs": 1, "batch_size": 40, "verbose": False}
    return recipes.train_accurately(sample, **options, **changes)[0].get_weights()


@pytest.fixture(scope="module")
def whole(sample):
    return weights_after_an_epoch(sample)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"variation": None}, {"one_cycle": False}, {"average": False}, {"smoothing": 0.1}, {"weight_decay": 0.5}],
    ids=str,
)
def test_each_part_of_the_recipe_makes_a_difference(sample, whole, changes):
    changed = weights_after_an_epoch(sample, **changes)
    assert any((a != b).any() for a, b in zip(whole, changed, strict=True))


def test_smoothed_labels_against_the_formula():
    logits, labels = np.random.default_rng(0).normal(size=(5, 10)).astype(np.float32), np.array([0, 3, 9, 9, 1])
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -0.9 * logs[np.arange(5), labels] - 0.1 * logs.mean(axis=1)
    np.testing.assert_allclose(recipes.smoothed_cross_entropy(labels, logits, 0.1), expected, rtol=1e-5)


def test_answers_to_varied_copies_are_averaged(sample):
    set_seed(0)
    model, some = models.softmax_regression(), sample.test.images[:30]
    model.layers[-1].kernel.assign(np.random.default_rng(0).normal(size=(784, 10)))
    unvaried = recipes.predict_varied(model, some, copies=3, strength=0)
    np.testing.assert_allclose(unvaried, predict(model, some), atol=1e-4)
    varied = recipes.predict_varied(model, some, copies=3)
    np.testing.assert_allclose(varied.sum(axis=1), 1, rtol=1e-4)
    assert (varied != predict(model, some)).any() and varied.shape == (30, 10)
    assert recipes.predict_varied(model, some[0], copies=2).shape == (1, 10)
    assert recipes.predict_varied(model, some[:0], copies=2).shape == (0, 10)
    with pytest.raises(ValueError, match=r"images has shape \(30, 784\)"):
        recipes.predict_varied(model, some.reshape(30, 784))
