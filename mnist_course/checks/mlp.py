"""Checks of the exercises of notebook 04_mlp."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, arrays, numbers, of_function, recognised, same
from mnist_course.checks.networks import accuracy_of, largest, of_network


@numbers(
    "Fill in one number: all weights and all biases of the network 784-32-10.",
    parameters={
        784 * 32 + 32 + 32 * 10 + 10: RIGHT,
        784 * 32
        + 32 * 10: "those are the weights alone. Each of the 32 hidden units and 10 logits has a bias as well.",
        784 * 32 + 32: "that is the first layer alone. The second leads from 32 units to 10 logits.",
        32 * 10 + 10: "that is the second layer alone. The first leads from 784 pixels to 32 units.",
        784 * 32 + 32 + 32 * 10: "the ten logits have a bias each, too.",
        784 * 32 + 32 * 10 + 10: "the 32 hidden units have a bias each, too.",
        784 * 32 + 32 * 10 + 784 + 32 + 10: "pixels have no bias: they are given, not computed.",
        784 * 32 * 10: "you multiplied the layers. Each has a matrix of its own; add them up.",
        784 + 32 + 10: "you added up the units. Between two layers every unit is connected with every other: multiply.",
        785 * 10: "that is softmax regression, without a hidden layer.",
        109_386: "that is the large network, 784-128-64-10.",
        ODD: "that is not one number. Add up the weights and biases of both layers.",
        ELSE: "not yet. A layer from m to n units has m times n weights and n biases; add up two layers.",
    },
    praise="25,450, less than a quarter of the large network's 109,386, and the first matrix holds 99% of them: to make such a network small, begin where the pixels come in.",
)
def count_parameters(parameters):
    """Exercise ``exercise-count``: the parameters of the network 784-32-10."""


def _back(slope):
    """A function as the exercise asks for it, from the slope that it gives the bend."""

    def layer_backward(dH, X, Z, W):
        dZ = dH * slope(dH, Z)
        return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)

    return layer_backward


SOLUTION = _back(lambda dH, Z: np.where(Z > 0, 1, 0.1))


@of_function(
    "layer_backward",
    "Write a function layer_backward(dH, X, Z, W) that returns dX, dW, db.",
    read=arrays,
    takes="It gets four arrays and returns three.",
    slips={
        "number": "Your function returns {} things; three are asked for: dX, dW, db.",
        "order": "The shapes are right, the order is not: dX, dW, db.",
        "round": "You went round the bend: multiply dH by the slope first, 1 where Z > 0 and 0.1 elsewhere.",
        "plain": "That is the plain ReLU. Where Z is not positive, the slope here is 0.1, not 0.",
        "swapped": "The slopes are swapped: 1 where Z > 0, 0.1 elsewhere.",
        "sign of dH": "You asked for the sign of dH. Whether the unit was on, Z says.",
        "activation": "You multiplied by the activation. It is the slope that counts: 1 or 0.1.",
        "sign": "The sign: the slope where Z is not positive is +0.1.",
        "mean": "db: you took the mean over the rows. dH holds the division by N already; take the sum.",
        "shape": "{} has shape {}; it must have the shape of what it belongs to, {}.",
        "from dH": "One of the three starts from dH. All three start from dZ, behind the bend.",
        "other": "{} is not right yet. First dZ = dH times the slope; then dX = dZ Wᵀ, dW = Xᵀ dZ, db = column sums of dZ.",
    },
    wrong={
        "round": _back(lambda dH, Z: 1),
        "plain": _back(lambda dH, Z: Z > 0),
        "swapped": _back(lambda dH, Z: np.where(Z > 0, 0.1, 1)),
        "sign of dH": _back(lambda dH, Z: np.where(dH > 0, 1, 0.1)),
        "activation": _back(lambda dH, Z: np.where(Z > 0, Z, 0.1 * Z)),
        "sign": _back(lambda dH, Z: np.where(Z > 0, 1, -0.1)),
    },
    praise="All three, in every entry. You can now write the way back through any layer: the slope of its bend, then two products and a sum. That is what a framework does when it says gradient.",
)
def leaky_backward(function):
    """Exercise ``exercise-leaky``: ``function(dH, X, Z, W) -> dX, dW, db``, back through leaky(X @ W + b)."""
    random = np.random.default_rng(0)
    X, W, dH = random.normal(size=(6, 5)), random.normal(size=(5, 3)), random.normal(size=(6, 3))
    Z = X @ W + random.normal(size=3)
    answer, right = function(dH, X, Z, W), SOLUTION(dH, X, Z, W)
    yield "number", len(answer) != 3, len(answer)
    parts = list(zip(("dX", "dW", "db"), answer, right, strict=True))
    off = [name for name, a, e in parts if not same(a, e)]
    yield RIGHT, not off
    misshapen = [(name, a.shape, e.shape) for name, a, e in parts if a.shape != e.shape]
    yield "order", misshapen and sorted(a.shape for a in answer) == sorted(e.shape for e in right)
    if len(off) == 3:
        yield from recognised(leaky_backward, answer, dH, X, Z, W, same=lambda one, other: any(map(same, one, other)))
    yield "mean", same(answer[2], right[2] / len(X))
    yield "shape", misshapen, *(misshapen or [()])[0]
    yield "from dH", any(map(same, answer, leaky_backward.wrong["round"](dH, X, Z, W)))
    yield "other", True, off[0]


def _is_linear(model, images):
    """Whether z(x) + z(1 - x) is the same for all images, as notebook 03 proves of every linear model."""
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
    """Exercise ``exercise-small`` of 02: at most 60,000 parameters, above a bar on ``data.validation``."""
    parameters = model.count_params()
    yield "large", parameters > 60_000, parameters, parameters - 60_000, *largest(model)
    accuracy, bar = yield from accuracy_of(model, data, BARS)
    yield "linear", _is_linear(model, data.validation.images[:100])
    yield "low", accuracy < bar, accuracy, parameters, bar
    yield RIGHT, True, accuracy, parameters, parameters / 109_386
