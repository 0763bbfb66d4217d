"""The exercises of lesson 07."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu

from mnist_course.checks import your_handwriting as checks


def by_columns(ink):
    """The solution, but that pieces of a digit are kept together by their columns alone."""
    filled = np.flatnonzero(ink.any(axis=0))
    runs = np.split(filled, np.flatnonzero(np.diff(filled) > 1) + 1)
    pieces = [ink[:, run[0] : run[-1] + 1] for run in runs if np.count_nonzero(ink[:, run]) > 20]
    return [piece[ndimage.find_objects(piece.any(axis=1).astype(int))[0]] for piece in pieces]


RIGHT = {
    "place_box": [(round(14 - 8.2), round(14 - 7.3))],
    "otsu": [threshold_otsu, lambda grey: float(threshold_otsu(grey))],
    "cut_row": [by_columns, lambda ink: tuple(by_columns(ink))],
}
WRONG = {
    "otsu": {
        "number": lambda grey: grey,
        "empty": lambda grey: 255,
        "other": lambda grey: 100 if grey.size > 6 else 90,
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


def test_a_row_says_which_piece_is_wrong(images):
    def third_is_thinned(ink):
        pieces = by_columns(ink)
        pieces[2] = pieces[2] / 2
        return pieces

    assert "In piece 3" in checks.cut_row.verdict(third_is_thinned, images).text
    assert "4 pieces of a row of 5" in checks.cut_row.verdict(lambda ink: by_columns(ink)[:4], images).text
