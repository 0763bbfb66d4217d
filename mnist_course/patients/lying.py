"""The patients of lesson 17, whose numbers lie; and two hundred models to choose the best of."""

import inspect
import textwrap

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mnist_course.patients.training import accuracy, fit, mlp, network
from mnist_lib import set_seed
from mnist_lib.data import Split


def patient_p(few):
    train = Split(few.train.images / np.float32(255), few.train.labels)
    model = network(layers.Dense(64, activation="relu"), layers.Dense(10), scale=1)
    patient = fit(model, train, adam=0.003)
    patient.test = few.validation
    return patient


def patient_m(few):
    stack = layers.Dense(64), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3), layers.Dense(10)
    patient = fit(network(*stack), few.train, adam=0.003, rounds=10)
    pixels = keras.Input((28, 28))
    patient.model = keras.Model(pixels, patient.model(pixels, training=True))
    return patient


def patient_o(few):
    train = few.train[: min(1000, len(few.train) // 5)]
    model = network(layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(10))
    half = few.validation[: len(few.validation) // 2]
    return fit(model, train, adam=0.005, rounds=40, every=10, watch=half)


def patient_l(few):
    copies = np.random.default_rng(0).permutation(np.repeat(np.arange(1000), 3))
    train, test = few.train[copies[:2400]], few.train[copies[2400:]]
    patient = fit(mlp(), train, adam=0.005, rounds=6)
    patient.test = test
    return patient


def patient_z(few):
    ones, others = np.flatnonzero(few.train.labels == 1), np.flatnonzero(few.train.labels != 1)
    mixed = np.random.default_rng(0).permutation(np.concatenate([ones, others[: len(ones) // 9]]))
    half = len(mixed) // 2
    patient = fit(mlp(), few.train[mixed[:half]], learning_rate=0.01, batches=20)
    patient.test = few.train[mixed[half:]]
    return patient


def patient_w(few):
    images, labels = few.train.images, few.train.labels
    more = Split(np.concatenate([images, images[:, ::-1, ::-1]]), np.concatenate([labels, labels]))
    patient = fit(mlp(), more)
    patient.test = few.validation
    return patient


# ---- three colleagues score one model


def score_anna(model, split):
    answers = np.argmax(model(split.images), axis=1)
    return np.mean(answers == split.labels)


def score_ben(model, split):
    scores = []
    for images, labels in zip(split.images.reshape(-1, 10, 28, 28), split.labels.reshape(-1, 10), strict=True):
        scores.append(np.mean(tf.argmax(model(images)) == labels))
    return np.mean(scores)


def score_clara(model, split):
    labels = split.labels.reshape(-1, 1)
    answers = np.argmax(model(split.images), axis=1)
    return np.mean(answers == labels)


def scored(model, split):
    """Return what each colleague says of a model, and their programs, two dicts by their names."""
    shuffled = split[np.random.default_rng(0).permutation(len(split) // 10 * 10)]
    colleagues = {"Anna": score_anna, "Ben": score_ben, "Clara": score_clara}
    programs = {name: textwrap.dedent(inspect.getsource(one).split("\n", 1)[1]) for name, one in colleagues.items()}
    return {name: float(one(model, shuffled)) for name, one in colleagues.items()}, programs


def memoriser(seed):
    """Build the network of patient O, untrained, with the weights that this seed gives."""
    set_seed(seed)
    return network(layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(10))


# ---- the same training twice

WAYS = {
    "no seed": ({"seeded": False}, {"seeded": False}),
    "seed": ({}, {}),
    "seed, then one draw more": ({}, {"draw_before": True}),
    "seed, own generator": ({"own_generator": True}, {"own_generator": True}),
}


def twice(way, few):
    """Train a small network twice in one of ``WAYS``; return the largest difference of weights, and both accuracies."""
    (one, score), (other, other_score) = (one_run(few, **how) for how in WAYS[way])
    return float(max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))), score, other_score


def one_run(few, seeded=True, draw_before=False, own_generator=False):
    if seeded:
        set_seed(0)
    if draw_before:
        keras.random.normal((1,))
    split = few.train
    if own_generator:
        split = split[np.random.default_rng().permutation(len(split))]
    model = network(layers.Dense(16, activation="relu"), layers.Dense(10))
    fit(model, split, rounds=1)
    return model.get_weights(), accuracy(model, few.validation)


# ---- photographs of ink on paper, and the best of many models


def taken_for_photographs(split, count=8):
    """Return digits as a photograph has them, dark on light, and as two programs turn them round; a dict of images.

    The first ``count`` are among the tenth with the most of the darkest ink, so that the difference is seen.
    """
    order = (split.images > 253).sum(axis=(1, 2)).argsort()
    shown = order[9 * len(order) // 10 :][:count]
    order = np.concatenate([shown, np.setdiff1d(order, shown)])
    photographs = 255 - split.images[order]
    forms = {"photograph": photographs, "1 - image": 1 - photographs, "255 - image": 255 - photographs}
    return {name: Split(images, split.labels[order]) for name, images in forms.items()}


def many_models(data, few, count=200, seed=0):
    """Return for each of many nearest-mean models, of 200 training digits each, what it reads rightly.

    Returns
    -------
    array of bool, shape (count, validation digits)
    """
    random, right = np.random.default_rng(seed), []
    X, V = (split.images.reshape(-1, 784) / np.float32(255) for split in (few.train, data.validation))
    for _ in range(count):
        some = random.choice(len(X), 200, replace=False)
        means = np.stack([X[some][few.train.labels[some] == k].mean(axis=0) for k in range(10)])
        right.append((V @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1) == data.validation.labels)
    return np.array(right)


def flattery(right, tries, size, judges=0, games=300, seed=0):
    """Play it: models in a random order, a test set of ``size`` digits, the best of so many tries; the rest is life.

    Parameters
    ----------
    right : array of bool, shape (models, digits)
    tries : sequence of int
    size : int
    judges : int
        If not 0, the chosen model is judged by so many other digits, not by those that chose it.
    games : int
    seed : int

    Returns
    -------
    array of float, shape (tries,)
        Reported accuracy less accuracy in life, in percentage points, mean of all games.
    """
    random, gaps = np.random.default_rng(seed), []
    for _ in range(games):
        table = right[random.permutation(len(right))][:, random.permutation(right.shape[1])]
        choosing, life = table[:, :size].mean(axis=1), table[:, size + judges :].mean(axis=1)
        judging = table[:, size : size + judges].mean(axis=1) if judges else choosing
        best = [choosing[:n].argmax() for n in tries]
        gaps.append(judging[best] - life[best])
    return 100 * np.mean(gaps, axis=0)
