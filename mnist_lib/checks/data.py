"""Checks of the exercises of notebook 00_data."""

import numpy as np

from mnist_lib.checks.engine import ELSE, ODD, RIGHT, array, numbers, of_function, recognised, same


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


def _rows(labels, size=10):
    return np.eye(size)[labels]


@of_function(
    "one_hot",
    "Write the function: labels in, one row of ten for each label out.",
    empty="Return something: an array of shape (N, 10), one row for each label.",
    read=array,
    slips={
        "eleven": "Eleven entries a row. The digits 0 to 9 are ten; an eleventh switch would never be on.",
        "nine": "Nine entries a row. np.arange(9) ends at 8; the digits 0 to 9 are ten.",
        "largest": "As many entries as the largest label needs. Labels without a 9 need ten columns too.",
        "columns": "Shape (10, N): rows and columns are swapped. One row for each label: labels[:, np.newaxis].",
        "shape": "For five labels the shape is {}; expected (5, 10): a row of ten for each label.",
        "inverted": "Inverted: the right place is 0 and the other nine are 1. Compare with ==, not with !=.",
        "before": "The 1 is one place off. Places are counted from 0: digit 3 has the fourth entry.",
        "behind": "The 1 is one place off. Places are counted from 0: digit 3 has the fourth entry.",
        "label": "The switch holds the label itself, so that a 0 has none. It must be 1, whatever the digit.",
        "strength": "The right places, but a switch that is on is 1.",
        "row": "The shape is right. The row for the label 3 is {}; it needs a single 1, at place 3.",
    },
    wrong={
        "eleven": lambda labels: _rows(labels, 11),
        "nine": lambda labels: _rows(labels, 9),
        "largest": lambda labels: _rows(labels, labels.max() + 1),
        "columns": lambda labels: _rows(labels).T,
        "inverted": lambda labels: 1 - _rows(labels),
        "before": lambda labels: np.roll(_rows(labels), -1, axis=1),
        "behind": lambda labels: np.roll(_rows(labels), 1, axis=1),
        "label": lambda labels: _rows(labels) * labels[:, None],
    },
    praise="Five rows, each with one 1. Comparing (N, 1) with (10,) is broadcasting at work. The loss in notebook 01 uses such rows to pick the probability of the right digit.",
)
def one_hot(function):
    """Exercise ``exercise-one-hot``: labels (N,) to (N, 10), without ``np.eye``."""
    labels = np.array([3, 0, 7, 3, 1], dtype=np.uint8)  # no 9 among them, on purpose
    answer, right = function(labels, about=f"For the labels {labels.tolist()} your function"), _rows(labels)
    yield RIGHT, same(answer, right)
    if answer.shape != right.shape:
        yield from recognised(one_hot, answer, labels, same=lambda one, other: one.shape == other.shape)
        yield "shape", True, answer.shape
    yield from recognised(one_hot, answer, labels)
    yield "strength", np.array_equal(answer > 0, right > 0)
    yield "row", True, answer[0].tolist()


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
    praise=f"{SCORES} Better, and still nothing was tuned step by step. Keep your score in mind: can notebook 01 beat it, with 7,850 numbers?",
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


def blend(function):  # placeholder until the engine is merged
    say("…", "Return something: an array of bytes, as large as the two.")
