"""Checks of the exercises of lesson 04."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, numbers
from mnist_course.checks.networks import accuracy_of, largest, of_network


@numbers(
    "Fill in two numbers: how many epochs are trained, and the number of the epoch whose weights are kept.",
    epochs_trained={
        7: RIGHT,
        9: "training does not go on to the end. After which epoch have two in a row brought nothing new?",
        8: "a patience of 2 ends with the second epoch without a new lowest loss, not with the third.",
        6: "one epoch without a new lowest loss is not yet two.",
        5: "nobody knows after epoch 5 that it was the lowest so far to stay. Two more have to show it.",
        4: "epoch 4 brings nothing new, but epoch 5 does, and the count starts again.",
        ELSE: "not yet. Walk along the losses and count the epochs since the last new lowest one.",
    },
    epoch_kept={
        5: RIGHT,
        8: "that one is lower, but training ended before it.",
        7: "that is the last epoch. The weights of the lowest loss are kept.",
        4: "count epochs from 1, as the exercise does.",
        3: "that was the lowest until epoch 5 went below it.",
        ELSE: "not yet. Which epoch had the lowest loss of those that were trained?",
    },
    praise="seven epochs, and the weights of the fifth. A patience of 3 would have met the lower loss of epoch 8: more patience costs more time, and less is a bet that nothing better comes.",
)
def patience(epochs_trained, epoch_kept):
    """Exercise ``exercise-patience``: early stopping on a list of nine losses."""


@numbers(
    "Fill in three numbers: how far the weight moves in a hundred steps, by plain descent, by momentum and by Adam.",
    plain_way={
        0.001: RIGHT,
        0.1: "that would be a hundred steps. The gradient is 0 in 99 of them, and so is the step.",
        0.00001: "that is the mean of one step. The question is the way of a hundred.",
        ELSE: "not yet. One step of a hundred has a gradient: rate times 1.",
    },
    momentum_way={
        0.01: RIGHT,
        0.001: "that is plain descent. Momentum repeats a gradient in the steps after it, each time 0.9 of the last.",
        0.0019: "the gradient is repeated more than once: 1 + 0.9 + 0.81 + ...",
        0.0009: "that is the second step alone. Add up 1 + 0.9 + 0.81 + ...",
        0.1: "rate times 1 + 0.9 + 0.81 + ..., and that sum is 10.",
        ELSE: "not yet. Rate times 1 + 0.9 + 0.81 + ...: what does that sum come to?",
    },
    adam_way={
        0.01: RIGHT,
        (lambda way: way is not None and 0.0095 < way < 0.0105): RIGHT,
        0.001: "that is one step of the length of the rate. What is the mean of the squares, and its root?",
        0.1: "you divided by the mean of the squares. Take its root.",
        0.0001: "you multiplied by the root. Adam divides by it.",
        ELSE: "not yet. The mean of the squares is about 1/100. Which number does Adam divide by, then?",
    },
    praise="plain descent moves by {:.3f}, the others by about ten times as much. For a song that comes up in every step, momentum would still gain ten times, Adam nothing: it is the rare inputs that it speeds up.",
)
def songs(plain_way, momentum_way, adam_way):
    """Exercise ``exercise-songs``: the way of a weight whose gradient is rarely there."""


def _is_linear(model, images):
    """Whether z(x) + z(1 - x) is the same for all images, as lesson 03 proves of every linear model."""
    logits = np.asarray(model(images, training=False), dtype=float)
    sums = logits + np.asarray(model(255 - images, training=False), dtype=float)
    return bool(np.ptp(sums, axis=0).max() < 1e-3 * max(np.ptp(logits), 1e-9))


BARS = 0.975, 0.95  # on MNIST, on the sample


@of_network(
    "Build and train a network of at most 60,000 parameters; the bar is {:.1%} of the validation digits.",
    bars=BARS,
    slips={
        ODD: "That is not a Keras model that has been built. Hand over the model itself, for example models.mlp(...).",
        "large": "{:,} parameters, {:,} too many. The largest layer, {}, has {:,}: give it fewer units.",
        "linear": "That model is linear: its logits for a picture and for the negative add up to the same numbers for every picture. Give it a hidden layer with a bend.",
        "low": "{:.2%} of the validation digits with {:,} parameters; the bar is {:.1%}. A few more epochs, a learning rate that decays, or less dropout? A small network needs less of it.",
    },
    praise="{:.2%} of the validation digits with {:,} parameters, {:.0%} of the large one's. You chose by validation, so the test digits played no part. How small can you go?",
)
def small_network(model, data):
    """Exercise ``exercise-small``: at most 60,000 parameters, above a bar on ``data.validation``."""
    parameters = model.count_params()
    yield "large", parameters > 60_000, parameters, parameters - 60_000, *largest(model)
    accuracy, bar = yield from accuracy_of(model, data, BARS)
    yield "linear", _is_linear(model, data.validation.images[:100])
    yield "low", accuracy < bar, accuracy, parameters, bar
    yield RIGHT, True, accuracy, parameters, parameters / 109_386
