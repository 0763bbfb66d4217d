"""Checks of the exercises of lesson 00_data."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, numbers, of_function, recognised


@numbers(
    "Fill in all three: how many numbers, a shape such as (28, 28), and a place.",
    numbers={
        32 * 28 * 28: RIGHT,
        28 * 28: "that is one image. The stack holds 32.",
        32 * 28: "28 rows of 32? Each image has 28 rows *and* 28 columns.",
        32 * 784 * 255: "255 is the largest value of a number, not how many there are.",
        60 * 784: "60 images? The stack holds 32.",
        ELSE: "not yet. Images times rows times columns: 32, 28 and 28.",
    },
    shape={
        (14, 14): RIGHT,
        (28, 28): "that is the whole image. A step of 2 leaves out every other row and column.",
        (26, 26): "::2 is a step, it takes each second row. Leaving out the first two would be [2:, 2:].",
        (2, 2): "::2 is a step, it takes each second row. The first two would be [:2, :2].",
        (14, 28): "that is [::2]: rows only. The second ::2 does the same to the columns.",
        (28, 14): "that is [:, ::2]: columns only. The first ::2 does the same to the rows.",
        (15, 15): "rows 0, 2, 4, … 26: row 28 does not exist, so there is one less.",
        (13, 13): "rows 0, 2, 4, … 26: row 0 counts too, so there is one more.",
        (56, 56): "::2 leaves pixels out, it does not repeat them.",
        (196,): "slicing keeps both axes. 196 is how many pixels are left, in a grid.",
        ODD: "a shape is a tuple with one entry for each axis, such as (28, 28).",
        ELSE: "not yet. How many of 0, 2, 4, … are below 28?",
    },
    place={
        28 * 14 + 3: RIGHT,
        28 * 3 + 14: "row and column are swapped: that is row 3, column 14. Rows come first.",
        28 * 14 + 4: "one too many. All is counted from 0: three pixels lie before column 3.",
        28 * 13 + 3: "one row short. Counted from 0, fourteen full rows (0 to 13) lie before row 14.",
        28 * 13 + 2: "that counts rows and columns from 1. Here all is counted from 0.",
        14 * 3: "a product of row and column. Count the pixels before it: full rows first, then the rest.",
        14 + 3: "a sum of row and column. Every full row before it has 28 pixels.",
        ELSE: "not yet. How many full rows lie before it, and how many pixels?",
    },
    praise="All three. 784 numbers an image is what every model here receives, and 28 * row + column is how to find a pixel again in a row of weights.",
)
def shapes_and_pixels(numbers, shape, place):
    """Exercise ``exercise-shapes``: a stack of 32 images, every second pixel, and one place in the flat image."""


@of_function(
    "blend",
    "Write the function: two pictures of bytes in, their mean out, as bytes.",
    empty="Return something: an array of bytes, as large as the two.",
    read=np.asarray,
    slips={
        "type": "The result is of type {}; it shall be bytes again, uint8.",
        "shape": "For two pictures of shape (2, 3) the result has shape {}; it shall be as large as they are.",
        "wraps": "200 and 100 give 22: the sum wraps at 256 before it is halved. Make room for it first.",
        "halves": "255 and 255 give 254: each half loses its fraction. Add first, in a type that has room.",
        "rounded": "201 and 200 give 201: fractions are to be cut off, not rounded up.",
        "other": "{} and {} give {}; their mean, without the fraction, is {}.",
    },
    wrong={
        "type": lambda one, two: (one.astype(int) + two) // 2,
        "wraps": lambda one, two: (one + two) // 2,
        "halves": lambda one, two: one // 2 + two // 2,
        "rounded": lambda one, two: ((one.astype(int) + two + 1) // 2).astype(np.uint8),
    },
    praise="Each byte is right. Two bytes a number, or a fraction, have room for the sum; the bytes come back at the end.",
)
def blend(function):
    """Exercise ``exercise-blend``: the mean of two arrays of uint8, as uint8."""
    one = np.array([[200, 255, 201], [0, 7, 255]], dtype=np.uint8)
    two = np.array([[100, 255, 200], [0, 4, 0]], dtype=np.uint8)
    answer, right = function(one, two), ((one.astype(int) + two) // 2).astype(np.uint8)
    yield "shape", answer.shape != right.shape, answer.shape
    yield "type", answer.dtype != np.uint8, answer.dtype
    yield RIGHT, np.array_equal(answer, right)
    yield from recognised(blend, answer, one, two)
    place = tuple(np.argwhere(answer != right)[0])
    yield "other", True, one[place], two[place], answer[place], right[place]


SCORES = "{:.1%} of the validation digits; the nearest mean reads {:.1%}."


@of_function(
    "better",
    "Write the function: images in, one digit for each image out.",
    empty="Return one digit for each image; the check scores them on the validation set.",
    read=array,
    slips={
        "scores": "Shape {} looks like ten scores for each image. Return the best digit: .argmax(axis=1) of scores, .argmin(axis=1) of distances.",
        "shape": "{:,} images, but an answer of shape {}; expected {}, one digit for each.",
        "places": "Some answers are not digits from 0 to 9. Are they places among the training digits? Then look up their labels.",
        "copied": "Every single digit right. Nothing reads these digits that well: has your function seen the validation labels, or does it compare the validation images with themselves?",
        "chance": f"{SCORES} That is chance. Are the images scaled like what they are compared with, and is it the smallest distance that wins?",
        "same": f"{SCORES} The same: is it still the nearest mean? Change what is compared, or how.",
        "below": f"{SCORES} Not yet above it. Are the images scaled like what they are compared with?",
    },
    praise=f"{SCORES} Better, and still nothing was tuned step by step. Keep your score in mind: can lesson 01 beat it, with 7,850 numbers?",
)
def better_baseline(function, data):
    """Exercise ``exercise-baseline``: a classifier of raw images, scored against the nearest mean on validation."""
    images, labels = data.validation.images, data.validation.labels
    answer = function(images)
    yield "scores", answer.shape == (len(images), 10), answer.shape
    yield "shape", answer.shape != labels.shape, len(images), answer.shape, labels.shape
    yield "places", not np.isin(answer, range(10)).all()
    score, baseline = (answer == labels).mean(), (_nearest_mean(data.train, images) == labels).mean()
    yield "copied", score == 1
    yield "chance", score < 0.2, score, baseline
    yield "same", score == baseline, score, baseline
    yield "below", score < baseline, score, baseline
    yield RIGHT, True, score, baseline


def _nearest_mean(train, images):
    means = np.stack([train.images[train.labels == digit].mean(axis=0) for digit in range(10)]).reshape(10, 784)
    products = images.reshape(-1, 784) @ means.T  # in floats: twice a byte would wrap
    return ((means**2).sum(axis=1) - 2 * products).argmin(axis=1)
