"""Checks of the exercises of notebook 07_your_handwriting."""

import numpy as np

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
    """Exercise ``exercise-place`` of 05: where a box of 20 by 12 goes, whose ink balances at (8.2, 7.3)."""


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
        "unweighted": "You left out the two shares: then a few odd pixels make the best side.",
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
    """Exercise ``exercise-otsu`` of 05: the threshold with the largest variance between its two sides."""
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
    "vary",
    "Write the function: a digit and a generator in, a varied digit out.",
    empty="Return a digit: (28, 28) of uint8.",
    read=np.asarray,
    slips={
        "form": "You return shape {} of {}; a digit is (28, 28) of uint8.",
        "nothing": "Nothing changes: every digit comes back as it was.",
        "chance": "The same digit always becomes the same variation. Ask the generator: random.integers, random.uniform.",
        "inverted": "The paper has become ink: MNIST's paper is 0. Did you invert?",
        "lost": "Much of the ink is lost, in at least one digit of ten: worn away, or pushed out of the image.",
        "thick": "Three times as much ink as before: a loop that runs full makes an 8 of a 0. Thicken less.",
        "turned": "Many digits come back {}. That changes the answer: a mirrored 2 is none, and a 6 on its head is a 9.",
        "unlike": "Hardly any digit resembles what it was. A person should still read each of them.",
    },
    praise="Form, chance and answer are kept. Whether a model gains by it, its own validation digits will not say, for they are tidy: ask pictures that vary in that way.",
)
def vary(function, images):
    """Exercise ``exercise-vary`` of 05: a random variation of a digit that keeps what digit it is."""
    images, random, varied = np.asarray(images)[:60], np.random.default_rng(1), []
    for image in images:
        varied.append(function(image, random))
        yield "form", varied[-1].shape != (28, 28) or varied[-1].dtype != np.uint8, varied[-1].shape, varied[-1].dtype
    varied = np.stack(varied)
    yield "nothing", np.array_equal(images, varied)
    again = [function(images[0], np.random.default_rng(seed)) for seed in range(20)]
    yield "chance", all(np.array_equal(one, again[0]) for one in again)
    share = varied.astype(float).sum(axis=(1, 2)) / images.astype(float).sum(axis=(1, 2))
    yield "inverted", np.median(varied[:, [0, 0, 27, 27], [0, 27, 0, 27]]) > 127
    yield "lost", np.quantile(share, 0.1) < 0.35
    yield "thick", np.median(share) > 3
    straight = _alike(varied, images)
    turns = {"upside down": np.s_[:, ::-1, ::-1], "left for right": np.s_[:, :, ::-1], "top for bottom": np.s_[:, ::-1]}
    for how, turn in turns.items():
        yield "turned", (_alike(varied, images[turn]) > straight + 0.05).mean() > 0.2, how
    yield "unlike", np.median(straight) < 0.4


def _alike(first, second):
    """The best correlation of each pair of images, over shifts by up to four pixels."""
    first = first.reshape(len(first), -1).astype(float)
    first = (first - first.mean(axis=1, keepdims=True)) / (first.std(axis=1, keepdims=True) + 1e-9)
    best = np.full(len(first), -1.0)
    for shift in np.ndindex(5, 5):
        other = (
            np.roll(second, (2 * shift[0] - 4, 2 * shift[1] - 4), axis=(1, 2)).reshape(len(second), -1).astype(float)
        )
        other = (other - other.mean(axis=1, keepdims=True)) / (other.std(axis=1, keepdims=True) + 1e-9)
        best = np.maximum(best, (first * other).mean(axis=1))
    return best
