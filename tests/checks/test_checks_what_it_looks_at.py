"""The exercises of lesson 10."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_course.checks import what_it_looks_at as checks


def shuffled_first(answer, table, labels, random):
    lost = []
    for column in range(table.shape[1]):
        other = table.copy()
        random.shuffle(other[:, column])
        lost.append(np.mean(answer(table) == labels) - np.mean(answer(other) == labels))
    return lost


def thicker_or_thinner(image, random):
    size = random.choice([1, 2])
    change = ndimage.grey_dilation if random.random() < 0.5 else ndimage.grey_erosion
    return ndimage.shift(change(image, (size, size)), random.uniform(-2, 2, 2), order=1)


RIGHT = {
    "occlusion": [(2.0794, -0.6931)],
    "importance": [shuffled_first],
    "vary": [lambda image, random: np.roll(image, random.integers(-2, 3, 2), axis=(0, 1)), thicker_or_thinner],
}
WRONG = {
    "importance": {
        "shape": lambda answer, table, labels, random: 0.5,
        "other": lambda answer, table, labels, random: [0.1, 0.2, 0.3],
    },
    "vary": {
        "form": lambda image, random: image / 255,
        "nothing": lambda image, random: image,
        "chance": lambda image, random: np.roll(image, 2, 0),
        "inverted": lambda image, random: 255 - np.roll(image, random.integers(-2, 3), 0),
        "lost": lambda image, random: image * np.uint8(random.random() < 0.5),
        "thick": lambda image, random: ndimage.grey_dilation(image, (9, random.integers(9, 12))),
        "turned": lambda image, random: image[:, :: random.choice([1, -1])],
        "unlike": lambda image, random: random.permutation(image.ravel()).reshape(28, 28),
    },
}


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda image, random: image[:: random.choice([1, -1])], "top for bottom"),
        (lambda image, random: image[:: (s := random.choice([1, -1])), ::s], "upside down"),
        (lambda image, random: image[:, :: random.choice([1, -1])], "left for right"),
        (lambda image, random: image[1:], "(27, 28)"),
        (lambda image, random: image / 255, "float64"),
    ],
    ids=["bottom", "upside-down", "left", "shape", "floats"],
)
def test_vary(function, word, images):
    assert word in checks.vary.verdict(function, images).text
