"""What the patients are made with, and what examines them: models, a training that keeps every loss, a few looks."""

import itertools
from dataclasses import dataclass, field, replace

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mnist_lib.data import Split
from mnist_lib.tensorflow1.old_program import quiet_logger

from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@dataclass
class Patient:
    """A training: ``model``, ``batch_losses``, ``history`` (an entry a round), ``split`` as the model got it.

    ``test`` is what its program judges it by, if that is something of its own.
    """

    model: keras.Model
    split: Split
    batch_losses: list = field(default_factory=list)
    history: dict = field(default_factory=dict)
    test: Split | None = None


def few_digits(data, train=5000, validation=2000):
    """Return the data with only the first digits of its training and validation sets: enough to break things."""
    return replace(data, train=data.train[:train], validation=data.validation[:validation])


def one_hot(split):
    """Return the split with labels as one-hot rows, (N, 10)."""
    return Split(split.images, np.eye(10, dtype=np.float32)[split.labels])


def network(*stack, scale=1 / 255):
    """Build a Keras model: pixels times ``scale``, flattened, then the layers of ``stack``."""
    return keras.Sequential([keras.Input((28, 28)), layers.Rescaling(scale), layers.Flatten(), *stack])


def mlp(**settings):
    """Build 784-64-10 with ReLU; ``settings`` go to both dense layers."""
    return network(layers.Dense(64, activation="relu", **settings), layers.Dense(10, **settings))


def fit(
    model, split, *, learning_rate=0.1, adam=None, loss=from_logits, rounds=5, every=50, batches=None,
    watch=None, shuffle=True, seed=0,
):  # fmt: skip
    """Train by plain gradient descent, or by Adam with the rate ``adam``, in batches of about 100.

    Parameters
    ----------
    model : keras.Model
    split : Split
        Labels in whatever form ``loss`` wants.
    learning_rate, adam : float
        Of gradient descent; of Adam, if it is given.
    loss : callable
        (labels, outputs) -> the loss of a batch.
    rounds : int
        Of ``every`` batches each; 50 are an epoch of 5,000 digits, several of the bundled sample.
    batches : int, optional
        Fewer than one round.
    watch : Split, optional
        After each round its loss and accuracy go into ``history``, as "val_loss" and "val_accuracy".
    shuffle : bool
    seed : int
        Of the shuffle.

    Returns
    -------
    Patient
        Also with the loss of every batch, before its step.
    """
    optimizer = keras.optimizers.Adam(adam) if adam else keras.optimizers.SGD(learning_rate)
    model.compile(optimizer, loss)
    patient = Patient(model, split, history={"loss": []} | ({"val_loss": [], "val_accuracy": []} if watch else {}))
    drawn = _batches(len(split.labels), shuffle, seed)
    for _ in range(rounds if batches is None else 1):
        for batch in itertools.islice(drawn, every if batches is None else batches):
            model.reset_metrics()  # else Keras returns the mean of all batches so far
            with quiet_logger():  # TensorFlow warns that many small models are traced
                patient.batch_losses.append(float(model.train_on_batch(split.images[batch], split.labels[batch])))
        patient.history["loss"].append(float(np.mean(patient.batch_losses[-every:] or [np.nan])))
        if watch:
            patient.history["val_loss"].append(float(loss(watch.labels, model(watch.images))))
            patient.history["val_accuracy"].append(accuracy(model, watch))
    return patient


def _batches(count, shuffle, seed):
    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(count) if shuffle else np.arange(count)
        size = min(count, 100)
        yield from order[: count // size * size].reshape(-1, size)


def accuracy(model, split):
    """Return the share of digits whose largest output is at their label."""
    return float((np.asarray(model(split.images)).argmax(axis=1) == split.labels).mean())


def gradient_sizes(model, few):
    """Return the length of the loss's gradient in each array of the model, for 500 training digits."""
    with tf.GradientTape() as tape:
        loss = from_logits(few.train.labels[:500], model(few.train.images[:500]))
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, model.trainable_variables)]


def shares_on(model, few):
    """Return for each unit of the first layer which share of 1,000 training digits switches it on, shape (units,)."""
    W, b = model.get_weights()[:2]
    return ((few.train.images[:1000].reshape(-1, 784) / 255 @ W + b) > 0).mean(axis=0)


def agreement(split):
    """Return the share of the second half's labels with which nearest means of the first half agree."""
    rows, half = split.images.reshape(len(split.images), -1) / 255, len(split.images) // 2
    means = np.stack([rows[:half][split.labels[:half] == k].mean(axis=0) for k in range(10)])
    squared_distances = (means**2).sum(axis=1) - 2 * rows[half:] @ means.T  # less what is the same for all ten
    return float((squared_distances.argmin(axis=1) == split.labels[half:]).mean())


def expects_logits(labels, z):
    """Cross-entropy from logits, as a loop of one's own would have it, without Keras's warnings."""
    labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, z))
