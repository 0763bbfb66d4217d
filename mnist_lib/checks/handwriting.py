"""Checks of the exercises of notebook 05_your_handwriting."""

import numpy as np

from mnist_lib.checks import number, say, short


def place_box(top, left):
    """Exercise ``exercise-place`` of 05: where a box of 20 by 12 goes, whose ink balances at (8.2, 7.3)."""
    top, left = number(top), number(left)
    if top is None or left is None:
        return say("…", "Fill in two whole numbers: the row and the column of the box's top left corner.")
    if (top, left) == (6, 7):
        return say(
            "✓",
            "Row 6, column 7: the ink balances at (14.2, 14.3), within half a pixel of MNIST's. The middle of "
            "the box would be at (4, 8), two rows higher than any model expects it.",
        )
    slips = {
        (4, 8): "you centred the box. MNIST centres the ink: row 8.2 of the box goes to row 14.",
        (7, 6): "the two are swapped. Rows first, then columns.",
        (
            5,
            6,
        ): "you aimed at 13.5, the exact middle of 0 … 27, or cut the decimals off. MNIST's ink balances at 14; round.",
        (2, -1): "you centred inside a box of 20. The image has 28 rows and 28 columns.",
        (20, 21): "you cut the box off at the far side: subtract from 14, not from 28.",
        (22, 21): "you added. The corner lies above and to the left of the balance point.",
    }
    for (row, column), text in slips.items():
        if (round(top), round(left)) == (row, column) if np.isfinite([top, left]).all() else False:
            return say("✗", text[0].upper() + text[1:])
    if np.isclose(top, 5.8) and np.isclose(left, 6.7):
        return say("✗", "Nearly: a box can only start at a whole pixel. Round.")
    say("✗", "Not yet. Which row must be row 0 of the box, so that its row 8.2 comes to row 14?")


def otsu(function):
    """Exercise ``exercise-otsu`` of 05: the threshold with the largest variance between its two sides."""
    if function is None:
        return say("…", "Write the function: an array of uint8 in, a threshold out.")
    if not callable(function):
        return say("✗", "That is not a function. Hand over otsu itself, without brackets: checks.otsu(otsu).")
    for grey in _grey_examples():
        try:
            answer = function(grey.copy())
        except Exception as problem:
            return say("✗", f"Your function raises {short(problem)}")
        if answer is None:
            return say("…", "Return a threshold: a whole number from 0 to 255.")
        answer = number(answer)
        if answer is None or not np.isfinite(answer):
            return say(
                "✗",
                "Return one number, not an array or nan. The largest value leaves its upper side empty: leave it out.",
            )
        if not grey.min() <= answer < grey.max():
            return say("✗", f"You return {answer:g} for values {grey.min()} to {grey.max()}: one side is empty.")
        score, unweighted = (_apart(grey, weighted) for weighted in (True, False))
        best = max(score.values())
        mine = max(t for t in score if t <= answer)  # between two values, all thresholds are one
        if np.isclose(score[mine], best, rtol=1e-9):
            continue
        winner = max(score, key=score.get)
        above = int(grey[grey > winner].min())
        if answer == above:
            return say("✗", "One step too high: values up to t are the lower side, t itself too.")
        if np.isclose(unweighted[mine], max(unweighted.values())):
            return say("✗", "You left out the two shares: then a few odd pixels make the best side.")
        if np.isclose(score[mine], min(score.values())):
            return say("✗", "You took the smallest. The best threshold has the largest product.")
        if np.isclose(answer, grey.mean(), atol=1):
            return say("✗", "That is the mean. With little ink it lies deep in the paper.")
        if np.isclose(answer, (float(grey.min()) + float(grey.max())) / 2, atol=1):
            return say("✗", "That is the middle between darkest and lightest. One odd pixel moves it.")
        return say(
            "✗",
            f"For an array of values {grey.min()} to {grey.max()} you return {answer:g}; the best is "
            f"{winner}. Beware of uint8: differences and products of it run over; take means, or floats.",
        )
    say(
        "✓",
        "The same as scikit-image's. Nobody had to say how dark the ink is: the picture says it itself. Where there "
        "is no ink, it still splits, so a blank sheet needs a look of its own.",
    )


def _grey_examples():
    """Small pictures: little ink on paper, with one odd pixel; half and half; three values."""
    random = np.random.default_rng(0)
    paper = np.clip(random.normal(200, 8, 2000), 0, 250)
    ink = np.clip(random.normal(70, 20, 240), 20, 130)
    yield np.concatenate([paper, ink, [0, 1]]).astype(np.uint8).reshape(38, 59)
    yield np.concatenate([random.normal(60, 15, 900), random.normal(160, 15, 900)]).astype(np.uint8).reshape(30, 60)
    yield np.array([[10, 10, 90], [10, 240, 90]], np.uint8)


def _apart(grey, weighted):
    """For each threshold, how far its two sides are apart."""
    values = grey.astype(float)
    scores = {}
    for t in np.unique(grey)[:-1]:
        low, high = values[grey <= t], values[grey > t]
        scores[int(t)] = (low.size * high.size if weighted else 1) * (low.mean() - high.mean()) ** 2
    return scores


def vary(function, images):
    """Exercise ``exercise-vary`` of 05: a random variation of a digit that keeps what digit it is."""
    if function is None:
        return say("…", "Write the function: a digit and a generator in, a varied digit out.")
    if not callable(function):
        return say("✗", "That is not a function. Hand over vary itself, without brackets.")
    images = np.asarray(images)[:60]
    kept = images.copy()
    random = np.random.default_rng(1)
    varied = []
    for image in images:
        try:
            answer = function(image.copy(), random)
        except Exception as problem:
            return say("✗", f"Your function raises {short(problem)}")
        if answer is None:
            return say("…", "Return a digit: (28, 28) of uint8.")
        try:
            answer = np.asarray(answer)
        except Exception:
            return say("✗", "Return an array: one digit, (28, 28) of uint8.")
        if answer.shape != (28, 28) or answer.dtype != np.uint8:
            return say("✗", f"You return shape {answer.shape} of {answer.dtype}; a digit is (28, 28) of uint8.")
        varied.append(answer)
    return say(*_judge_variation(kept, np.stack(varied), function))


def _judge_variation(images, varied, function):
    """Mark and text for digits and their variations, both (N, 28, 28) of uint8."""
    if np.array_equal(images, varied):
        return "✗", "Nothing changes: every digit comes back as it was."
    again = [np.asarray(function(images[0].copy(), np.random.default_rng(seed))) for seed in range(20)]
    if all(np.array_equal(one, again[0]) for one in again):
        return (
            "✗",
            "The same digit always becomes the same variation. Ask the generator: random.integers, random.uniform.",
        )
    ink = images.astype(float).sum(axis=(1, 2))
    share = varied.astype(float).sum(axis=(1, 2)) / ink
    if np.median(varied[:, [0, 0, 27, 27], [0, 27, 0, 27]]) > 127:
        return "✗", "The paper has become ink: MNIST's paper is 0. Did you invert?"
    if np.quantile(share, 0.1) < 0.35:
        return "✗", "Much of the ink is lost, in at least one digit of ten: worn away, or pushed out of the image."
    if np.median(share) > 3:
        return "✗", "Three times as much ink as before: a loop that runs full makes an 8 of a 0. Thicken less."
    turned = {
        "upside down": images[:, ::-1, ::-1], "left for right": images[:, :, ::-1], "top for bottom": images[:, ::-1],
    }  # fmt: skip
    straight = _alike(varied, images)
    for how, others in turned.items():
        swapped = _alike(varied, others) > straight + 0.05
        if swapped.mean() > 0.2:
            return (
                "✗",
                f"Many digits come back {how}. That changes the answer: a mirrored 2 is none, and a 6 on its head is a 9.",
            )
    if np.median(straight) < 0.4:
        return "✗", "Hardly any digit resembles what it was. A person should still read each of them."
    return (
        "✓",
        "Form, chance and answer are kept. Whether a model gains by it, its own validation digits will not say, for "
        "they are tidy: ask pictures that vary in that way.",
    )


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
