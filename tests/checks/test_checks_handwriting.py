"""The checks of notebook 05: blank, each typical mistake, odd answers, and the right answer."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu

from mnist_lib import load_mnist
from mnist_lib.checks import handwriting as checks


def said_by(check, capsys, *answers):
    check(*answers)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two whole numbers"),
        ((6, None), "…", "two whole numbers"),
        (("abc", []), "…", "two whole numbers"),
        ((float("nan"), 7), "✗", "Not yet"),
        ((float("inf"), float("inf")), "✗", "Not yet"),
        ((4, 8), "✗", "centred the box"),
        ((7, 6), "✗", "swapped"),
        ((5, 6), "✗", "13.5"),
        ((2, -1), "✗", "28 rows"),
        ((22, 21), "✗", "added"),
        ((20, 21), "✗", "from 14"),
        ((5.8, 6.7), "✗", "whole pixel"),
        ((1, 1), "✗", "Not yet"),
        ((6, 7), "✓", "balances"),
    ],
)
def test_place_box(answer, mark, word, capsys):
    said = said_by(checks.place_box, capsys, *answer)
    assert said.startswith(mark) and word in said


def best(grey, score):
    values = grey.astype(float)
    return max(np.unique(grey)[:-1], key=lambda t: score(values[grey <= t], values[grey > t]))


def weighted(low, high):
    return low.size * high.size * (low.mean() - high.mean()) ** 2


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write the function"),
        (lambda grey: None, "…", "whole number"),
        ("abc", "✗", "not a function"),
        (lambda grey: 1 / 0, "✗", "ZeroDivisionError"),
        (lambda grey: grey, "✗", "one number"),
        (lambda grey: float("nan"), "✗", "one number"),
        (lambda grey: grey.mean(), "✗", "mean"),
        (lambda grey: (int(grey.min()) + int(grey.max())) / 2, "✗", "middle between"),
        (lambda grey: best(grey, lambda low, high: (low.mean() - high.mean()) ** 2), "✗", "two shares"),
        (lambda grey: best(grey, lambda low, high: -weighted(low, high)), "✗", "smallest"),
        (lambda grey: grey[grey > best(grey, weighted)].min(), "✗", "too high"),
        (lambda grey: -5, "✗", "empty"),
        (lambda grey: 255, "✗", "empty"),
        (lambda grey: 100 if grey.size > 6 else 90, "✗", "the best is"),
        (lambda grey: best(grey, weighted), "✓", "scikit-image"),
        (lambda grey: threshold_otsu(grey), "✓", "scikit-image"),
    ],
)
def test_otsu(function, mark, word, capsys):
    said = said_by(checks.otsu, capsys, function)
    assert said.startswith(mark) and word in said


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample").validation.images


def thicker_or_thinner(image, random):
    size = random.choice([1, 2])
    change = ndimage.grey_dilation if random.random() < 0.5 else ndimage.grey_erosion
    return ndimage.shift(change(image, (size, size)), random.uniform(-2, 2, 2), order=1)


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write the function"),
        (lambda image, random: None, "…", "(28, 28)"),
        (3, "✗", "not a function"),
        (lambda image: image, "✗", "TypeError"),
        (lambda image, random: "abc", "✗", "shape ()"),
        (lambda image, random: image / 255, "✗", "float64"),
        (lambda image, random: image[1:], "✗", "(27, 28)"),
        (lambda image, random: image, "✗", "Nothing changes"),
        (lambda image, random: np.roll(image, 2, 0), "✗", "same variation"),
        (lambda image, random: 255 - np.roll(image, random.integers(-2, 3), 0), "✗", "paper has become ink"),
        (lambda image, random: image * np.uint8(random.random() < 0.5), "✗", "lost"),
        (lambda image, random: ndimage.grey_dilation(image, (9, random.integers(9, 12))), "✗", "ink as before"),
        (lambda image, random: image[:, :: random.choice([1, -1])], "✗", "left for right"),
        (lambda image, random: image[:: random.choice([1, -1])], "✗", "top for bottom"),
        (lambda image, random: image[:: (s := random.choice([1, -1])), ::s], "✗", "upside down"),
        (lambda image, random: random.permutation(image.ravel()).reshape(28, 28), "✗", "resembles"),
        (lambda image, random: np.roll(image, random.integers(-2, 3, 2), axis=(0, 1)), "✓", "kept"),
        (thicker_or_thinner, "✓", "kept"),
    ],
)
def test_vary(function, mark, word, digits, capsys):
    said = said_by(checks.vary, capsys, function, digits)
    assert said.startswith(mark) and word in said
