"""What the reader learns: MNIST as it is, digits as written elsewhere, and marks that are no digits.

Digits come from MNIST's training images alone. The eleventh class, "not a digit", is drawn by this module:
scribbles, letters and signs made of strokes, blots, and MNIST digits side by side.
"""

from functools import partial

import numpy as np

from mnist_lib.data import to_mnist_form
from mnist_lib.handwriting.reader import NOT_A_DIGIT
from mnist_lib.numerics.strokes import curve, draw_strokes

# Strokes of letters and signs in a unit square, y downwards. Those that may be meant as a digit
# (B, D, G, I, O, Q, S, Z, b, g, l, o, q, y, ...) are left out.
_SIGNS = (
    "0,1 .5,0 1,1|.2,.6 .8,.6", "1,0 0,0 0,1 1,1|0,.5 .8,.5", "1,0 0,0 0,1|0,.5 .8,.5",
    "0,0 0,1|1,0 1,1|0,.5 1,.5", "0,0 0,1|1,0 0,.55 1,1", "0,1 0,0 .5,.6 1,0 1,1", "0,1 0,0 1,1 1,0",
    "0,1 0,0 .8,.1 .9,.3 .7,.5 0,.5 1,1", "0,0 1,0|.5,0 .5,1", "0,0 .25,1 .5,.3 .75,1 1,0",
    "0,0 1,1|1,0 0,1", "0,0 .5,.5 1,0|.5,.5 .5,1", "0,0 0,1 .8,1", "0,0 .5,1 1,0",
    "0,.4 0,1|0,.6 .4,.4 .7,.6 .7,1|.7,.6 1.1,.4 1.4,.6 1.4,1", "0,0 0,1|0,.65 .4,.45 .7,.65 .7,1",
    "0,0 0,1|.7,.35 0,.7 .8,1", "0,.35 .4,1 .8,.35", "0,.5 1,.5|.5,0 .5,1", "0,.3 1,.3|0,.7 1,.7",
    ".3,0 .2,1|.8,0 .7,1|0,.35 1,.3|0,.7 1,.65", ".5,0 .5,1|0,.25 1,.75|1,.25 0,.75",
    ".5,1 0,.35 .1,.05 .35,0 .5,.25 .65,0 .9,.05 1,.35 .5,1", "0,.4 1,.4 .2,1 .5,0 .8,1 0,.4",
    "0,1 .5,0 1,1 0,1", "0,.5 1,.5|.7,.2 1,.5 .7,.8", "0,.6 .35,1 1,0",
    "0,.5 .2,.1 .45,.3 .5,.5 .55,.7 .8,.9 1,.5 .8,.1 .55,.3 .45,.7 .2,.9 0,.5", "0,.5 1,.45",
    "1,0 0,1|.1,.05 .3,.05 .3,.25 .1,.25 .1,.05|.7,.75 .9,.75 .9,.95 .7,.95 .7,.75",
    "0,.5 .2,.3 .4,.5 .6,.7 .8,.5 1,.3", "0,0 1,.15 0,.3 1,.45 0,.6 1,.75 0,1", "0,0 1,0|0,.5 1,.5|0,1 1,1",
    "0,0 0,1 1,1 1,0 0,0|0,0 1,1|1,0 0,1", ".5,0 .5,1|0,.3 .5,0 1,.3",
    ".1,0 .1,.2|.9,0 .9,.2|0,.6 .5,1 1,.6", "0,1 0,0 .8,.1 .9,.35 .7,.5 0,.5|.2,1.1 1,1.1",
    "0,0 0,.9 .5,1 .9,.9 .9,0|.9,.5 1.2,1",
)  # fmt: skip


def training_set(images, labels, random):
    """Put together what the reader learns: MNIST, its ones and sevens as written elsewhere, and no digits.

    Returns
    -------
    images : array of uint8, shape (N, 28, 28)
    labels : array of uint8, shape (N,)
        0 to 9, and 10 for "not a digit"; about one image in six.
    """
    share = len(images) // 22
    ones, sevens = (random.choice(images[labels == digit], share) for digit in (1, 7))
    flagged, barred = [_with_flag(image, random) for image in ones], [_with_bar(image, random) for image in sevens]
    others = no_digits(len(images) // 5, images, random)
    new_labels = np.repeat(np.array([1, 7, NOT_A_DIGIT], np.uint8), [len(flagged), len(barred), len(others)])
    return np.concatenate([images, flagged, barred, others]), np.concatenate([labels, new_labels])


def no_digits(count, digits, random):
    """Draw marks that are no digits, in MNIST's form.

    Parameters
    ----------
    count : int
    digits : array of uint8, shape (N, 28, 28)
        MNIST digits, of which two or three are put side by side.
    random : numpy Generator

    Returns
    -------
    array of uint8, shape (count, 28, 28)
    """
    side_by_side = partial(_side_by_side, digits)
    kinds = (_scribble, _sign, _sign, side_by_side, side_by_side, _blot)
    return np.stack([kinds[i % len(kinds)](random) for i in range(count)])


def _drawn(strokes, width, size=112):
    """Draw strokes in a unit square, y downwards, with a margin of a quarter of the size around it."""
    places = [size * (0.25 + 0.5 * np.asarray(points)) for points in strokes]
    return draw_strokes(places, [width] * len(places), size)


def _scribble(random):
    strokes = []
    for _ in range(random.choice([1, 1, 2, 3, 4])):
        corners = random.uniform(0, 1, (random.integers(4, 13), 2))
        strokes.append(curve(corners, 60) if random.random() < 0.7 else corners)
    return to_mnist_form(_drawn(strokes, random.uniform(3, 11)))


def _sign(random):
    strokes = []
    smooth = random.random() < 0.5
    tilt = np.eye(2) + random.normal(0, 0.12, (2, 2))
    for text in _SIGNS[random.integers(len(_SIGNS))].split("|"):
        points = np.array([[float(n) for n in point.split(",")] for point in text.split()])
        closed = (points[0] == points[-1]).all()
        points = (points + random.normal(0, 0.05, points.shape)) @ tilt * [random.uniform(0.6, 1), 1]
        strokes.append(curve(points, 40) if smooth and len(points) > 2 and not closed else points)
    return to_mnist_form(_drawn(strokes, random.uniform(3, 10)))


def _side_by_side(digits, random):
    parts = []
    for digit in random.choice(digits, random.choice([2, 2, 2, 3])):
        columns = np.flatnonzero(digit.any(axis=0))
        parts.append(np.pad(digit[:, columns[0] : columns[-1] + 1], ((0, 0), (0, random.integers(0, 8)))))
    return to_mnist_form(np.concatenate(parts, axis=1))


def _blot(random):
    from scipy.ndimage import gaussian_filter

    kind = random.integers(3)
    noise = gaussian_filter(random.normal(size=(56, 56)), random.uniform(1, 6))
    ink = noise > np.quantile(noise, random.uniform(0.6, 0.97))
    if kind == 0:  # a filled shape
        y, x = np.mgrid[-1:1:56j, -1:1:56j]
        power, lean = random.uniform(1, 6), random.uniform(0.5, 1.0)
        ink = (np.abs(x / lean) ** power + np.abs(y) ** power + gaussian_filter(noise, 2) * random.uniform(0, 4)) < 0.5
    if kind == 1:  # lines of paper
        ink = np.zeros((56, 56), bool)
        step = random.integers(6, 20)
        ink[random.integers(step) :: step] = True
        if random.random() < 0.6:
            ink[:, random.integers(step) :: step] = True
    ink = gaussian_filter(ink.astype(np.float32), 0.8)
    return to_mnist_form(ink) if ink.any() else np.zeros((28, 28), np.uint8)


def _with_bar(image, random):
    """Draw a bar through a seven, as many people write it."""
    rows = np.flatnonzero(image.any(axis=1))
    row = round(rows[0] + random.uniform(0.42, 0.65) * (rows[-1] - rows[0]))
    x = np.average(np.arange(28), weights=image[row].astype(float) + 1e-9)
    half, rise = random.uniform(3.5, 6.5), random.uniform(-1.5, 1)
    x += random.uniform(-1, 1)
    return _add_lines(image, [[(x - half, row - rise), (x + half, row + rise)]], random)


def _with_flag(image, random):
    """Draw the upstroke of a one, and sometimes the line below it."""
    rows = np.flatnonzero((image > 60).any(axis=1))
    top, bottom = rows[0] + 1, rows[-1] - 1
    left, right = (np.average(np.arange(28), weights=image[row].astype(float) + 1e-9) for row in (top, bottom))
    lines = []
    if random.random() < 0.9:
        lines.append([(left, top), (left - random.uniform(3, 8), top + random.uniform(2.5, 9))])
    if random.random() < 0.45 or not lines:
        half = random.uniform(3, 6)
        lines.append([(right - half, bottom), (right + half, bottom + random.uniform(-1, 1))])
    return _add_lines(image, lines, random)


def _add_lines(image, lines, random):
    from PIL import Image

    width = 4 * random.uniform(1.5, 2.8)  # drawn four times as large, in a field of 56 pixels
    strokes = [(np.array(line) + 14.5) / 28 - 0.5 for line in lines]
    drawn = Image.fromarray(_drawn(strokes, width, 224)).resize((56, 56), Image.Resampling.BOX)
    return to_mnist_form(np.maximum(np.asarray(drawn), np.pad(image, 14)))
