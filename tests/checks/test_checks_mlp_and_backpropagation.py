"""The exercises of lesson 03."""

import numpy as np
import pytest

from mnist_course.checks import mlp_and_backpropagation as checks


def right(dH, X, Z, W):
    dZ = dH * np.where(Z > 0, 1, 0.1)
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def changed(change):
    """Return the right function with its answer (dX, dW, db) changed."""
    return lambda dH, X, Z, W: change(*right(dH, X, Z, W))


ONES = np.ones((3, 3))
THREE = ONES, np.array([0, -1, -2]), np.array([1, -2, 2])
TWO = np.ones((3, 2)), np.array([0, -1]), np.array([1, -2])

RIGHT = {
    "leaky_backward": [right, changed(lambda dX, dW, db: [dX.tolist(), dW.tolist(), db.tolist()])],
    "lamp": [THREE, [part.tolist() for part in THREE]],
}
WRONG = {
    "leaky_backward": {
        "number": changed(lambda dX, dW, db: (dX, dW)),
        "order": changed(lambda dX, dW, db: (dW, db, dX)),
        "shape": changed(lambda dX, dW, db: (dX, dW.T, db)),
        "mean": changed(lambda dX, dW, db: (dX, dW, db / 6)),
        "from dH": lambda dH, X, Z, W: (dH @ W.T, *right(dH, X, Z, W)[1:]),
        "other": changed(lambda dX, dW, db: (dX, dW + 1, db)),
    },
    "lamp": {
        "odd": "abc",
        "shape": (ONES.T[:2], np.zeros(3), np.zeros(3)),
        "nan": (ONES, np.zeros(3), np.full(3, np.nan)),
        "two": TWO,
        "upside": (np.ones((3, 4)) * [0, 1, 1, 1], np.array([1, 0, -1, -2]), np.array([1, -1, 2, -2])),
        "any": (ONES, np.array([0, -1, -2]), np.array([1, -1, 0])),
        "some": (ONES, np.zeros(3), np.zeros(3)),
    },
}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda dX, dW, db: (1.0, 2.0, 3.0), "dX has shape ()"),
        (lambda dX, dW, db: (None, None, None), "must have the shape"),
        (lambda dX, dW, db: (dX, dW, db[None]), "db has shape (1, 3)"),
        (lambda dX, dW, db: (dX * np.nan, dW, db), "dX is not right"),
        (lambda dX, dW, db: (dX, dW + 1, db), "dW is not right"),
    ],
    ids=["numbers", "nothing", "row", "nan", "dW"],
)
def test_leaky_backward_names_the_part(change, word):
    assert word in checks.leaky_backward.verdict(changed(change)).text


def test_lamp_says_where_it_fails_and_counts_the_units():
    assert "for three of them it gives -1" in checks.lamp.verdict(TWO).text
    some = checks.lamp.verdict(WRONG["lamp"]["some"]).text
    assert "Right for 4 of the eight positions. With [0 0 1] it gives 0" in some
    assert "with 3 hidden units" in checks.lamp.verdict(THREE).text
