"""Checks of the exercises of lesson 07_your_handwriting."""

import numpy as np
from scipy import ndimage

from mnist_course.checks.engine import ELSE, RIGHT, number, numbers, of_function, recognised

CORNERS = {
    (4, 8): "You centred the box. MNIST centres the ink: row 8.2 of the box goes to row 14.",
    (6.7, 5.8): "The two are swapped. Rows first, then columns.",
    (
        5.3,
        6.2,
    ): "You aimed at 13.5, the exact middle of 0 … 27, or cut the decimals off. MNIST's ink balances at 14; round.",
    (1.8, -1.3): "You centred inside a box of 20. The image has 28 rows and 28 columns.",
    (19.8, 20.7): "You cut the box off at the far side: subtract from 14, not from 28.",
    (22.2, 21.3): "You added. The corner lies above and to the left of the balance point.",
}


@numbers(
    "Fill in two whole numbers: the row and the column of the box's top left corner.",
    top={6: RIGHT, ELSE: "not yet. Which row must be row 0 of the box, so that its row 8.2 comes to row 14?"},
    left={
        7: RIGHT,
        ELSE: "not yet. Which column must be column 0 of the box, so that its column 7.3 comes to column 14?",
    },
    together={
        **CORNERS,
        **{tuple(map(round, corner)): why for corner, why in CORNERS.items()},
        (5.8, 6.7): "Nearly: a box can only start at a whole pixel. Round.",
    },
    praise="Row 6, column 7: the ink balances at (14.2, 14.3), within half a pixel of MNIST's. The middle of the box would be at (4, 8), two rows higher than any model expects it.",
)
def place_box(top, left):
    """Exercise ``exercise-place``: where a box of 20 by 12 goes, whose ink balances at (8.2, 7.3)."""


def _weighted(low, high):
    return low.size * high.size * (low.mean() - high.mean()) ** 2


def _threshold(score):
    """A function as the exercise asks for it: the threshold whose two sides have the largest score."""

    def otsu(grey):
        values = grey.astype(float)
        return max(np.unique(grey)[:-1].tolist(), key=lambda t: score(values[grey <= t], values[grey > t]))

    return otsu


SOLUTION = _threshold(_weighted)


@of_function(
    "otsu",
    "Write the function: an array of uint8 in, a threshold out.",
    empty="Return a threshold: a whole number from 0 to 255.",
    slips={
        "number": "Return one number, not an array or nan. The largest value leaves its upper side empty: leave it out.",
        "empty": "You return {:g} for values {} to {}: one side is empty.",
        "above": "One step too high: values up to t are the lower side, t itself too.",
        "unweighted": "You left out the two numbers of pixels: then a few odd pixels make the best side.",
        "smallest": "You took the smallest. The best threshold has the largest product.",
        "mean": "That is the mean. With little ink it lies deep in the paper.",
        "middle": "That is the middle between darkest and lightest. One odd pixel moves it.",
        "other": "For an array of values {} to {} you return {:g}; the best is {}. Beware of uint8: differences and products of it run over; take means, or floats.",
    },
    wrong={
        "above": lambda grey: grey[grey > SOLUTION(grey)].min(),
        "unweighted": _threshold(lambda low, high: (low.mean() - high.mean()) ** 2),
        "smallest": _threshold(lambda low, high: -_weighted(low, high)),
        "mean": lambda grey: grey.mean(),
        "middle": lambda grey: (float(grey.min()) + float(grey.max())) / 2,
    },
    praise="The same as scikit-image's. Nobody had to say how dark the ink is: the picture says it itself. Where there is no ink, it still splits, so a blank sheet needs a look of its own.",
)
def otsu(function):
    """Exercise ``exercise-otsu``: the threshold with the largest variance between its two sides."""
    for grey in _grey_examples():
        answer, best, (low, high) = number(function(grey)), SOLUTION(grey), (grey.min(), grey.max())
        yield "number", answer is None or not np.isfinite(answer)
        yield "empty", not low <= answer < high, answer, low, high
        mine, most = (_weighted(*(grey[side].astype(float) for side in (grey <= t, grey > t))) for t in (answer, best))
        if not np.isclose(mine, most, rtol=1e-9):
            yield from recognised(otsu, answer, grey, same=lambda t, other: abs(t - other) < 1)
            yield "other", True, low, high, answer, best


def _grey_examples():
    """Small pictures: little ink on paper, with one odd pixel; half and half; three values."""
    random = np.random.default_rng(0)
    paper = np.clip(random.normal(200, 8, 2000), 0, 250)
    ink = np.clip(random.normal(70, 20, 240), 20, 130)
    yield np.concatenate([paper, ink, [0, 1]]).astype(np.uint8).reshape(38, 59)
    yield np.concatenate([random.normal(60, 15, 900), random.normal(160, 15, 900)]).astype(np.uint8).reshape(30, 60)
    yield np.array([[10, 10, 90], [10, 240, 90]], np.uint8)


@of_function(
    "cut_row",
    "Write the function: the ink of a row of digits in, a list of the digits' inks out.",
    empty="Return a list: one array of ink for each digit.",
    read=lambda answer: [np.atleast_2d(np.asarray(one, float)) for one in answer],
    slips={
        "whole": "You return one piece of a row of {}. Where a column holds no ink, a digit ends.",
        "marks": "You return {} pieces of a row of {}: as many as there are marks, dirt and halves of a broken digit among them.",
        "halves": "You return {} pieces of a row of {}: a broken digit came out as two. Pieces above one another belong together.",
        "dirt": "You return {} pieces of a row of {}: dirt is among them. Leave out what has less than a tenth of the largest piece's pixels.",
        "count": "You return {} pieces of a row of {}.",
        "order": "The digits are there, but not from left to right. ndimage.label counts from the top.",
        "uncut": "A piece has {} rows, the digit {}: cut the empty paper away above and below, and at the sides.",
        "ink": "In piece {}, counted from the left, is not the ink of that digit: {:.0f} in all, to be {:.0f}.",
    },
    wrong={
        "whole": lambda ink: [_cropped(ink)],
        "marks": lambda ink: _marks(ink, dirt=True),
        "halves": lambda ink: _marks(ink),
        "dirt": lambda ink: _columns(ink, dirt=True),
        "count": lambda ink: _columns(ink)[:2],
        "order": lambda ink: _columns(ink)[::-1],
        "uncut": lambda ink: _columns(ink, cut=lambda piece: piece),
        "ink": lambda ink: [np.minimum(piece, 1) for piece in _columns(ink)],
    },
    praise="Five of five, from left to right. Where digits touch, no empty column parts them: that takes a guess where to cut, and a reader that says which guess looks like digits.",
)
def cut_row(function, images):
    """Exercise ``exercise-row``: cut a row of digits, one of them broken, with dirt between them."""
    row, digits = _row(images)
    pieces, count = function(row), len(digits)
    yield "whole", len(pieces) == 1, count
    for key in ("marks", "halves", "dirt"):
        yield key, len(pieces) == len(cut_row.wrong[key](row)), len(pieces), count
    yield "count", len(pieces) != count, len(pieces), count
    sums, right = [piece.sum() for piece in pieces], [digit.sum() for digit in digits]
    yield "order", not np.allclose(sums, right) and np.allclose(np.sort(sums), np.sort(right))
    for n, (piece, digit) in enumerate(zip(pieces, digits, strict=True), start=1):
        yield "ink", not np.isclose(piece.sum(), digit.sum()), n, piece.sum(), digit.sum()
        yield "uncut", piece.shape != digit.shape, len(piece), len(digit)
        yield "ink", not np.allclose(piece, digit), n, piece.sum(), digit.sum()


def _row(images):
    """Five digits in a row, at different heights, the third in two halves; three specks. Returns it, and the digits."""
    whole = [_cropped(image.astype(float)) for image in np.asarray(images) if _count(image) == 1]
    digits = [digit for digit in whole if min(digit.shape) > 7][:5]
    digits[2] = digits[2].copy()
    digits[2][len(digits[2]) // 2] = 0
    row, left = np.zeros((60, 8 + sum(digit.shape[1] + 9 for digit in digits))), 6
    for digit, top in zip(digits, (30, 18, 8, 24, 12), strict=True):
        row[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
        left += digit.shape[1] + 9
        row[left - 5 : left - 3, left - 5] = 200 * (left < row.shape[1] - 30)
    return row, digits


def _count(image):
    return ndimage.label(image > 0, np.ones((3, 3)))[1]


def _cropped(ink):
    return ink[ndimage.find_objects((ink > 0).astype(int))[0]]


def _marks(ink, dirt=False):
    marks, count = ndimage.label(ink > 0, np.ones((3, 3)))
    return _large([ink * (marks == n) for n in range(1, count + 1)], dirt, _cropped)


def _columns(ink, dirt=False, cut=_cropped):
    runs, count = ndimage.label(ink.any(axis=0))
    return _large([ink[:, runs == n] for n in range(1, count + 1)], dirt, cut)


def _large(pieces, dirt, cut):
    areas = [(piece > 0).sum() for piece in pieces]
    return [cut(piece) for piece, area in zip(pieces, areas, strict=True) if dirt or area >= 0.1 * max(areas)]
