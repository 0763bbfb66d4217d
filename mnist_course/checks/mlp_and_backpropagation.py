"""Checks of the exercises of lesson 03."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, arrays, exercise, numbers, of_function, recognised, same


@numbers(
    "Fill in three pairs: the gradients of w_out, of the two outputs H, and of Z, which are H before the bend.",
    dw_out={
        (-0.5, 0): RIGHT,
        (0.5, 0): "the sign: dz is negative.",
        (-0.5, 0.5): "w_out multiplies H, so its gradient is H times dz; H is (1, 0).",
        (-0.5, 1): "that is dz times w_out, the gradient of H. The gradient of w_out is H times dz.",
        (-0.5, -0.5): "that is dz for both. Each weight acts with its own factor, the output that it multiplies.",
        (1, 0): "that is H. Multiply it by dz.",
        (0, -0.5): "the two are swapped: unit 1 is on, unit 2 is off.",
        ODD: "that is not a pair of numbers, such as (0.1, 0.2).",
        ELSE: "not yet. Forward first: H of the two units; then rule 1 with one column, H times dz.",
    },
    dH={
        (-0.5, 1): RIGHT,
        (0.5, -1): "the sign: dz is negative.",
        (1, -2): "that is w_out. Multiply it by dz.",
        (-0.5, 0): "you stopped the gradient at the bend already. dH lies behind it: dz times w_out, no more.",
        (1, -0.5): "the two are swapped.",
        ODD: "that is not a pair of numbers, such as (0.1, 0.2).",
        ELSE: "not yet. Rule 1 once more: dz times w_out.",
    },
    dZ={
        (-0.5, 0): RIGHT,
        (-0.5, 1): "that is dH again. Unit 2 is off here: its Z is 0, and the bracket asks for more.",
        (0, 1): "the other way round: unit 1 is on, unit 2 is off.",
        (0, 0): "unit 1 is on, its Z is 1, so its gradient passes.",
        (0.5, 0): "the sign: dH of unit 1 is negative.",
        ODD: "that is not a pair of numbers, such as (0.1, 0.2).",
        ELSE: "not yet. Rule 2: dH where Z is above 0, else 0.",
    },
    praise="unit 2 was off, so this picture teaches it nothing, although the answer depends on its weight. Of 128 units, each learns from the digits that it is on for.",
)
def pencil(dw_out, dH, dZ):
    """Exercise ``exercise-pencil``: back through the network of two pixels, for the picture (1, 0)."""


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


POSITIONS = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=float)


@exercise(
    "Give three arrays: network = W_hidden (3, units), b_hidden (units,), w_out (units,).",
    slips={
        ODD: "That is not a network of three arrays, W_hidden, b_hidden and w_out.",
        "shape": "W_hidden has shape {}, b_hidden {}, w_out {}; expected (3, units), (units,), (units,).",
        "nan": "There is a number in it that is infinite, or none at all.",
        "two": "That is the network of two switches in another coat: right for none, one and two that are up, but for three of them it gives {:g} instead of 1.",
        "upside": "Upside down: it gives 1 where the lamp is dark, and 0 where it is lit.",
        "any": "It is lit whenever a switch is up. Two that are up must be dark again.",
        "some": "Right for {} of the eight positions. With {} it gives {:.3g}, and {} is asked. A bend more, at the next number of switches?",
    },
    praise="all eight positions, with {} hidden units. This is XOR with more switches; no linear model can do it, and each unit more turns the slope round once more.",
)
def lamp(network):
    """Exercise ``exercise-lamp``: 1 if an odd number of three switches is up, else 0, by one hidden layer of ReLU."""
    W_hidden, b_hidden, w_out = (np.asarray(part, dtype=float) for part in network)
    shapes = W_hidden.shape, b_hidden.shape, w_out.shape
    yield "shape", shapes != ((3, w_out.size), (w_out.size,), (w_out.size,)), *shapes
    given = np.maximum(POSITIONS @ W_hidden + b_hidden, 0) @ w_out
    asked = POSITIONS.sum(axis=1) % 2
    yield "nan", not np.isfinite(given).all()
    right = np.isclose(given, asked, atol=1e-3)
    yield RIGHT, right.all(), len(w_out)
    yield "two", right[:7].all(), given[7]
    yield "upside", np.allclose(given, 1 - asked, atol=1e-3)
    yield "any", np.allclose(given, POSITIONS.any(axis=1), atol=1e-3)
    first = int(np.flatnonzero(~right)[0])
    yield "some", True, right.sum(), POSITIONS[first].astype(int), given[first], int(asked[first])
