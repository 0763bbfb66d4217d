"""The exercises of notebook 06."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu

from mnist_course.checks import handwriting as checks


def thicker_or_thinner(image, random):
    size = random.choice([1, 2])
    change = ndimage.grey_dilation if random.random() < 0.5 else ndimage.grey_erosion
    return ndimage.shift(change(image, (size, size)), random.uniform(-2, 2, 2), order=1)


RIGHT = {
    "place_box": [(round(14 - 8.2), round(14 - 7.3))],
    "otsu": [threshold_otsu, lambda grey: float(threshold_otsu(grey))],
    "vary": [lambda image, random: np.roll(image, random.integers(-2, 3, 2), axis=(0, 1)), thicker_or_thinner],
}
WRONG = {
    "otsu": {
        "number": lambda grey: grey,
        "empty": lambda grey: 255,
        "other": lambda grey: 100 if grey.size > 6 else 90,
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


@pytest.mark.parametrize("corner", checks.CORNERS, ids=lambda corner: f"{corner[0]}-{corner[1]}")
def test_a_corner_is_known_with_and_without_decimals(corner):
    exact, rounded = checks.place_box.verdict(*corner), checks.place_box.verdict(*map(round, corner))
    assert exact.mark == rounded.mark == "✗" and exact.text == rounded.text == checks.CORNERS[corner]


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda grey: float("nan"), "one number"),
        (lambda grey: -5, "one side is empty"),
        (lambda grey: int(grey.mean()), "That is the mean"),
        (lambda grey: (int(grey.min()) + int(grey.max())) // 2, "middle between"),
    ],
    ids=["nan", "below", "mean-cut", "middle-cut"],
)
def test_otsu(function, word):
    assert word in checks.otsu.verdict(function).text


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
