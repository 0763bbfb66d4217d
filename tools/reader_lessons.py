"""What the reader learns: MNIST as it is, digits as written elsewhere, and what is no digit.

Handwritten digits come from MNIST's training images alone: as they are, written again with another pen, seen in few
pixels. Others are drawn from tables of strokes, or printed by fonts.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from PIL import Image

from mnist_lib.data import to_mnist_form
from mnist_lib.handwriting import no_digits, simulate
from mnist_lib.handwriting.reader import NOT_A_DIGIT
from tools import no_digit_lessons, pen
from tools.no_digit_lessons import in_form

# One of each for so many training digits.
_EACH = {"pen": 5, "few pixels": 6, "flags and bars": 12, "printed": 20, "no digits": 2}
_PIECE = 1000  # drawn by one process at once, from a seed of its own


def training_set(images, labels, fonts, seed=0, workers=None):
    """Put together what the reader learns.

    Parameters
    ----------
    images : array of uint8, shape (N, 28, 28)
    labels : array of int, shape (N,)
    fonts : sequence of path
    seed : int
    workers : int, optional
        Processes that draw; as many as there are processors, if left out. The result is the same.

    Returns
    -------
    images : array of uint8, shape (M, 28, 28)
    labels : array of uint8, shape (M,)
        0 to 9, and 10 for "not a digit"; about one image in four.
    """
    pieces = []
    for number, (kind, each) in enumerate(_EACH.items()):
        count = max(1, len(images) // each)
        for start in range(0, count, _PIECE):
            random = np.random.default_rng([seed, number, start])
            some = random.choice(len(images), min(len(images), 3 * _PIECE), replace=False)
            pieces.append((kind, min(_PIECE, count - start), images[some], labels[some], fonts, random))
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(pieces) < 8:
        drawn = [_piece(each) for each in pieces]
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            drawn = list(pool.map(_piece, pieces))
    new_images, new_labels = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    return np.concatenate([images, new_images]), np.concatenate([labels, new_labels]).astype(np.uint8)


def _piece(order):
    kind, count, images, labels, fonts, random = order
    if kind == "no digits":
        return no_digit_lessons.draw(count, images, labels, fonts, random), np.full(count, NOT_A_DIGIT)
    write = {"pen": _pen, "few pixels": _few_pixels, "flags and bars": _flag_or_bar, "printed": _printed}[kind]
    made = [write(i, images, labels, fonts, random) for i in range(count)]
    return np.stack([image for image, _ in made]), np.array([label for _, label in made])


def _pen(i, images, labels, fonts, random):
    """A digit as drawn on the canvas."""
    strokes, label = pen.pen_strokes(i, images, labels, random)
    return in_form(_cropped(255 - pen.picture(strokes, random, side=90))), label


def _few_pixels(i, images, labels, fonts, random):
    """A digit that a scanner saw in a few pixels, written again with another pen."""
    chosen = random.integers(len(images))
    digit = Image.fromarray(_cropped(images[chosen]))
    high = 8 if i % 2 else random.integers(9, 17)
    wide = max(2, round(high * digit.width / digit.height * np.exp(random.normal(0, 0.15))))
    cells = np.asarray(digit.resize((wide, high), Image.Resampling.BOX), float)
    shape = simulate.enlarge(cells / cells.max(), 90)
    if not shape.any():
        return images[chosen], labels[chosen]
    ink = simulate.rewrite(shape, list(simulate.PENS)[i % 3])
    return in_form(_cropped(np.rint(255 * ink).astype(np.uint8))), labels[chosen]


def _flag_or_bar(i, images, labels, fonts, random):
    """A one with a flag or a foot, or a seven with a bar."""
    label = (1, 7)[i % 2]
    change = (_with_flag, _with_bar)[i % 2]
    return change(images[random.choice(np.flatnonzero(labels == label))], random), label


def _printed(i, images, labels, fonts, random):
    font = fonts[random.integers(len(fonts))]
    ink = no_digits.letter(str(i % 10), font, 90)
    return (images[0], labels[0]) if ink is None else (in_form(ink), i % 10)


def _cropped(ink):
    rows, columns = (np.flatnonzero((ink > 20).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


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
    width = 4 * random.uniform(1.5, 2.8)  # drawn four times as large, in a field of 56 pixels
    strokes = [(np.array(line) + 14.5) / 28 - 0.5 for line in lines]
    drawn = Image.fromarray(no_digit_lessons.drawn(strokes, width, 224)).resize((56, 56), Image.Resampling.BOX)
    return to_mnist_form(np.maximum(np.asarray(drawn), np.pad(image, 14)))
