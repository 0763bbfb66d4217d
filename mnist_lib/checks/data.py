"""Checks of the exercises of notebook 00_data."""

import numpy as np

from mnist_lib.checks import number, say, short


def shapes_and_pixels(numbers, shape, place):
    """Exercise ``exercise-shapes``: a stack of 32 images, every second pixel, and one place in the flat image."""
    if numbers is None or shape is None or place is None:
        return say("…", "Fill in all three: how many numbers, a shape such as (28, 28), and a place.")
    count = number(numbers)
    slips = {
        784: "that is one image. The stack holds 32.",
        32 * 28: "28 rows of 32? Each image has 28 rows *and* 28 columns.",
        32 * 784 * 255: "255 is the largest value of a number, not how many there are.",
        60 * 784: "60 images? The stack holds 32.",
    }
    if count != 32 * 784:
        return say("✗", "(a) " + slips.get(count, "not yet. Images times rows times columns: 32, 28 and 28."))
    try:
        shape = tuple(int(n) if n == int(n) else n for n in shape)
    except (TypeError, ValueError, OverflowError):
        return say("✗", "(b) a shape is a tuple with one entry for each axis, such as (28, 28).")
    slips = {
        (28, 28): "that is the whole image. A step of 2 leaves out every other row and column.",
        (26, 26): "::2 is a step, it takes each second row. Leaving out the first two would be [2:, 2:].",
        (2, 2): "::2 is a step, it takes each second row. The first two would be [:2, :2].",
        (14, 28): "that is [::2]: rows only. The second ::2 does the same to the columns.",
        (28, 14): "that is [:, ::2]: columns only. The first ::2 does the same to the rows.",
        (15, 15): "rows 0, 2, 4, … 26: row 28 does not exist, so there is one less.",
        (13, 13): "rows 0, 2, 4, … 26: row 0 counts too, so there is one more.",
        (56, 56): "::2 leaves pixels out, it does not repeat them.",
        (196,): "slicing keeps both axes. 196 is how many pixels are left, in a grid.",
    }
    if shape != (14, 14):
        return say("✗", "(b) " + slips.get(shape, "not yet. How many of 0, 2, 4, … are below 28?"))
    place = number(place)
    slips = {
        28 * 3 + 14: "row and column are swapped: that is row 3, column 14. Rows come first.",
        28 * 14 + 4: "one too many. All is counted from 0: three pixels lie before column 3.",
        28 * 13 + 3: "one row short. Counted from 0, fourteen full rows (0 to 13) lie before row 14.",
        28 * 13 + 2: "that counts rows and columns from 1. Here all is counted from 0.",
        14 * 3: "a product of row and column. Count the pixels before it: full rows first, then the rest.",
        14 + 3: "a sum of row and column. Every full row before it has 28 pixels.",
    }
    if place != 28 * 14 + 3:
        return say("✗", "(c) " + slips.get(place, "not yet. How many full rows lie before it, and how many pixels?"))
    say(
        "✓",
        "All three. 784 numbers an image is what every model here receives, and 28 * row + column is how to find "
        "a pixel again in a row of weights.",
    )


def one_hot(function):
    """Exercise ``exercise-one-hot``: labels (N,) to (N, 10), without ``np.eye``."""
    if function is None:
        return say("…", "Write the function: labels in, one row of ten for each label out.")
    if not callable(function):
        return say("✗", "That is not a function. Hand over one_hot itself, without brackets: checks.one_hot(one_hot).")
    labels = np.array([3, 0, 7, 3, 1], dtype=np.uint8)  # no 9 among them, on purpose
    try:
        answer = function(labels.copy())
        if answer is None:
            return say("…", "Return something: an array of shape (N, 10), one row for each label.")
        answer = np.asarray(answer, dtype=float)
    except Exception as problem:
        return say("✗", f"For the labels {labels.tolist()} your function raises {short(problem)}")
    right = np.eye(10)[labels]
    if answer.shape == (5, 11):
        return say("✗", "Eleven entries a row. The digits 0 to 9 are ten; an eleventh switch would never be on.")
    if answer.shape == (5, 9):
        return say("✗", "Nine entries a row. np.arange(9) ends at 8; the digits 0 to 9 are ten.")
    if answer.shape == (5, 8):
        return say("✗", "As many entries as the largest label needs. Labels without a 9 need ten columns too.")
    if answer.shape == (10, 5):
        return say("✗", "Shape (10, N): rows and columns are swapped. One row for each label: labels[:, np.newaxis].")
    if answer.shape != right.shape:
        return say("✗", f"For five labels the shape is {answer.shape}; expected (5, 10): a row of ten for each label.")
    if np.array_equal(answer, right):
        return say(
            "✓",
            "Five rows, each with one 1. Comparing (N, 1) with (10,) is broadcasting at work. The loss in "
            "notebook 01 uses such rows to pick the probability of the right digit.",
        )
    if np.array_equal(answer, 1 - right):
        return say("✗", "Inverted: the right place is 0 and the other nine are 1. Compare with ==, not with !=.")
    if np.array_equal(answer, np.roll(right, -1, axis=1)) or np.array_equal(answer, np.roll(right, 1, axis=1)):
        return say("✗", "The 1 is one place off. Places are counted from 0: digit 3 has the fourth entry.")
    if np.array_equal(answer, right * labels[:, np.newaxis]):
        return say("✗", "The switch holds the label itself, so that a 0 has none. It must be 1, whatever the digit.")
    if np.array_equal(answer > 0, right > 0):
        return say("✗", "The right places, but a switch that is on is 1.")
    say("✗", f"The shape is right. The row for the label 3 is {answer[0].tolist()}; it needs a single 1, at place 3.")


def better_baseline(function, data):
    """Exercise ``exercise-baseline``: a classifier of raw images, scored against the nearest mean on validation."""
    if function is None:
        return say("…", "Write the function: images in, one digit for each image out.")
    if not callable(function):
        return say("✗", "That is not a function. Hand over the function itself, without brackets.")
    images, labels = data.validation.images, data.validation.labels
    try:
        answer = function(images)
        if answer is None:
            return say("…", "Return one digit for each image; the check scores them on the validation set.")
        answer = np.asarray(answer, dtype=float)
    except Exception as problem:
        return say("✗", f"For the validation images your function raises {short(problem)}")
    if answer.shape == (len(images), 10):
        return say(
            "✗",
            f"Shape {answer.shape} looks like ten scores for each image. Return the best digit: "
            ".argmax(axis=1) of scores, .argmin(axis=1) of distances.",
        )
    if answer.shape != labels.shape:
        return say(
            "✗",
            f"{len(images):,} images, but an answer of shape {answer.shape}; expected {labels.shape}, "
            "one digit for each.",
        )
    if not np.isin(answer, range(10)).all():
        return say(
            "✗",
            "Some answers are not digits from 0 to 9. Are they places among the training digits? Then "
            "look up their labels.",
        )
    score, baseline = (answer == labels).mean(), (_nearest_mean(data.train, images) == labels).mean()
    said = f"{score:.1%} of the validation digits; the nearest mean reads {baseline:.1%}."
    if score == 1:
        return say(
            "✗",
            "Every single digit right. Nothing reads these digits that well: has your function seen the "
            "validation labels, or does it compare the validation images with themselves?",
        )
    if score < 0.2:
        return say(
            "✗",
            f"{said} That is chance. Are the images scaled like what they are compared with, and is it "
            "the smallest distance that wins?",
        )
    if score == baseline:
        return say("✗", f"{said} The same: is it still the nearest mean? Change what is compared, or how.")
    if score < baseline:
        return say("✗", f"{said} Not yet above it. Are the images scaled like what they are compared with?")
    say(
        "✓",
        f"{said} Better, and still nothing was tuned step by step. Keep your score in mind: can notebook 01 "
        "beat it, with 7,850 numbers?",
    )


def _nearest_mean(train, images):
    means = np.stack([train.images[train.labels == digit].mean(axis=0) for digit in range(10)]).reshape(10, 784)
    products = images.reshape(-1, 784) @ means.T  # in floats: twice a byte would wrap
    return ((means**2).sum(axis=1) - 2 * products).argmin(axis=1)
