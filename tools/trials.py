"""Pictures to try the reader with, by kind: what is no digit, and digits that are hard to read. For card and bench."""

import numpy as np

from mnist_lib.handwriting import no_digits, simulate
from mnist_lib.handwriting.reader import read_all
from mnist_lib.live.canvas import CONFIDENT
from tools import pen

KINDS = (*no_digits.KINDS, "printed digits", "pen strokes", "digits on lit paper", "the same, of few pixels")


def make(kind, split, digits, seed=0, times=12):
    """Make the pictures of a kind anew.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    split : {"validation", "test"}
        They share no fonts and no shapes. What is chosen is chosen by the first.
    digits : Split
        MNIST's digits of the same part, from which pen strokes and photographs are made.
    seed : int
    times : int
        Of each kind of shape; 12 times as many of noise, 20 times as many of pen strokes and photographs.

    Returns
    -------
    pictures : list of array of uint8
    labels : array of int, or None
        None for what is no digit.
    """
    if kind in no_digits.KINDS:
        return no_digits.pictures(kind, split, seed, times), None
    random = np.random.default_rng([seed, split == "test", KINDS.index(kind)])
    count = 20 * times
    if kind == "printed digits":
        printed = [
            (digit, no_digits.letter(str(digit), font)) for font in no_digits.fonts(split) for digit in range(10)
        ]
        return [no_digits.on_paper(ink, random) for _, ink in printed], np.array([digit for digit, _ in printed])
    if kind == "pen strokes":
        return pen.pen_digits(count, digits.images, digits.labels, random)
    if kind == "digits on lit paper":
        chosen = random.permutation(len(digits))[:count]
        return [_lit(digits.images[number], i, random) for i, number in enumerate(chosen)], digits.labels[chosen]
    made = simulate.sample_photographs(count, 1000 * (split == "test") + 901 + seed)
    return [one.picture for one in made], np.array([one.label for one in made])


def _lit(image, i, random):
    ink = simulate.rewrite(simulate.enlarge(image / 255), list(simulate.PENS)[i % len(simulate.PENS)])
    return simulate.photograph(ink, random)


def count(pictures, labels=None, model=None):
    """Read pictures of one kind and count what went wrong.

    Parameters
    ----------
    pictures : sequence
        As ``read`` takes them.
    labels : array of int, optional
        The digits that they show; left out where they show none.
    model : keras.Model, optional
        The shipped reader, if left out.

    Returns
    -------
    dict of str to int
        ``trials``; ``failures``: wrong answers, or without labels a digit told with a probability over 0.9 and no
        warning; ``unwarned``: failures that carry no warning; ``warned``: right answers that carry one.
    """
    readings = list(read_all(pictures, model))
    warned = np.array([bool(reading.warnings) for reading in readings])
    told = np.array([-1 if reading.digit is None else reading.digit for reading in readings])
    if labels is None:
        sure = np.array([reading.probability > CONFIDENT for reading in readings])
        failed = (told >= 0) & sure & ~warned
    else:
        failed = told != labels
    counts = {"failures": failed, "unwarned": failed & ~warned, "warned": ~failed & warned}
    return {"trials": len(readings), **{name: int(which.sum()) for name, which in counts.items()}}
