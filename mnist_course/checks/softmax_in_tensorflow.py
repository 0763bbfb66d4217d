"""Checks of the exercises of lesson 02_softmax_in_tensorflow."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, exercise, numbers


@numbers(
    "Fill in two numbers: how many parameters, and the loss before training.",
    parameters={
        784 * 26 + 26: RIGHT,
        784 * 26: "those are the weights. Each letter has a bias too.",
        784 * 10 + 10: "that is the model for ten digits. Letters are 26.",
        784 + 26: "every letter has a weight of its own for every pixel.",
        28 * 26 + 26: "an image has 28 rows of 28 pixels, not 28 pixels.",
        ELSE: "one weight for each pixel and letter, and one bias a letter.",
    },
    untrained_loss={
        np.log(26): RIGHT,
        np.log(10): "that is ln 10, for ten classes. Letters are 26.",
        np.log10(26): "the loss takes the natural logarithm, np.log, not the one to base 10.",
        -np.log(26): "the sign. The loss is minus the logarithm of 1/26, which is positive.",
        1 / 26: "that is the probability of each letter. The loss is minus its logarithm.",
        ELSE: "with zero weights all 26 letters get the same probability. What is minus its logarithm?",
    },
    praise="Before training every letter gets 1/26, so the loss is ln 26. A model of K classes whose loss stays at ln K has learned nothing.",
)
def letters(parameters, untrained_loss):
    """Exercise ``exercise-letters``: softmax regression for 26 letters, its size and its loss before training."""


@numbers(
    "Fill in two numbers: the rate for the sum over 400 digits, and the rate for the mean.",
    rate_for_sum={
        0.00125: RIGHT,
        0.02: "that goes the wrong way: a sum over more digits is larger, so the rate must be smaller.",
        0.005: "that is the old rate. The sum over 400 digits is about four times the sum over 100.",
        ELSE: "the step is rate times gradient, and the gradient of a sum grows with the number of digits: by which factor here?",
    },
    rate_for_mean={
        0.5: RIGHT,
        0.005: "that is the rate for the sum over 100 digits. The mean is a hundredth of it.",
        0.00005: "that goes the wrong way: the mean is smaller than the sum, so its rate is larger.",
        2.0: "that is for the sum over 400 digits. The old step came from batches of 100.",
        0.125: "that divides by 4 as well: the mean does not grow with the batch.",
        ELSE: "the mean over 100 digits is a hundredth of their sum. Which rate makes the same step?",
    },
    praise="A sum ties the learning rate to the size of the batch; a mean does not. That is why every library takes the mean.",
)
def summed_loss(rate_for_sum, rate_for_mean):
    """Exercise ``exercise-batch``: learning rates for a summed loss with batches of 400, and for the mean."""


@exercise(
    "Train ten weights, one a digit, and hand them over as an array of shape (10,).",
    slips={
        ODD: "Hand over ten numbers, as an array: {}",
        "shape": "The weights have shape {}; expected (10,), one for each digit.",
        "zeros": "All ten are still zero. Was assign_sub called, in the loop?",
        "nan": "There is a nan or an infinity among them: the step is too long.",
        "same": "All ten are the mean ink of all digits. Let each digit have its own weight: Y @ w.",
        "sum": "These are sums over all digits of a class, not means.",
        "short": "On the way: {:.1f} for digit 0, where {:.1f} is best. More steps, or longer ones; the loss divides by N, so each weight learns from a tenth of the digits.",
        "far": "Digit {}: {:.1f}, where the loss is smallest at {:.1f}. Is the loss the mean of squares, and the gradient subtracted?",
    },
    praise="Each weight is the mean ink of its digit, within a pixel: {:.0f} for a 0, {:.0f} for a 1. The squared loss of a constant is smallest at the mean.",
    prepare=array,
)
def ink_weights(w, ink, Y):
    """Exercise ``exercise-ink``: ten weights that predict the number of dark pixels from the label."""
    means = (Y * np.asarray(ink)[:, None]).sum(axis=0) / Y.sum(axis=0)
    yield "shape", w.shape != (10,), w.shape
    yield "nan", not np.isfinite(w).all()
    yield "zeros", not w.any()
    yield RIGHT, (np.abs(w - means) < 1).all(), w[0], w[1]
    yield "same", np.allclose(w, np.mean(ink), rtol=0.02)
    yield "sum", np.allclose(w, means * Y.sum(axis=0), rtol=0.05)
    yield "short", (w > 0).all() and (w < means + 1).all(), w[0], means[0]
    worst = np.abs(w - means).argmax()
    yield "far", True, worst, w[worst], means[worst]
