"""Checks of the exercises of lesson 16_the_loss_does_not_fall."""

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, array, numbers, of_function, recognised

LOWEST = np.log(1 + 25 / np.e)


@numbers(
    "Two numbers: a batch size, and the lowest loss with 26 letters and softmax twice.",
    batch_size={
        64.0: RIGHT,
        147.37: "that is the loss itself. What does one digit cost when a model of ten classes guesses?",
        14.737: "you divided by ten, the number of classes. A guess costs the logarithm of ten.",
        147.37 / np.log2(10): "that is the logarithm to the base 2. The losses here are in nats: ln.",
        10.0: "ten is the number of classes. How many times ln 10 is 147.37?",
        147.37 * np.log(10): "you multiplied. How many times ln 10 is 147.37?",
        ELSE: "not yet. A guess costs ln 10, and a batch of N digits, summed, costs N times that.",
    },
    lowest_loss={
        LOWEST: RIGHT,
        np.log(1 + 9 / np.e): "that is for ten classes. Here one stands against twenty-five.",
        np.log(1 + 26 / np.e): "nearly: one letter is the right one, so the others are 25, not 26.",
        np.log(
            26
        ): "that is the loss of a guess. The best model says 1 for the right letter and 0 for the others, and then softmax is taken of these.",
        np.e / (np.e + 25): "that is the probability of the right letter. The loss is minus its logarithm.",
        -LOWEST: "the sign: the loss is minus the logarithm.",
        LOWEST / np.log(2): "that is in bits. The losses here are in nats: ln.",
        0.0: "0 is the floor of a sound model. Here softmax is taken of one 1 and twenty-five 0s.",
        ELSE: "not yet. Take softmax of one 1 and twenty-five 0s, and minus the logarithm of the first.",
    },
    praise="64, and 2.322. A loss is a measurement, and you can read it like one: the first value tells what was averaged or summed, the floor what stands at the end of the model.",
)
def clues(batch_size, lowest_loss):
    """Exercise ``exercise-numbers``: a batch size from a summed first loss, and softmax twice with 26 classes."""


def _shares(labels):
    shares = np.bincount(labels) / len(labels)
    return shares[shares > 0]


def _guess(labels):
    shares = _shares(labels)
    return shares.max(), -(shares * np.log(shares)).sum()


@of_function(
    "guess",
    "Write guess(labels): the accuracy and the mean loss of the best model that never looks at an image.",
    empty="Your function returns nothing yet: accuracy and loss are asked for.",
    read=array,
    slips={
        "shape": "Return two numbers, accuracy and loss; yours have shape {}.",
        "swapped": "The two numbers are right, but in the other order: first the accuracy, then the loss.",
        "uniform": "That is a guess which knows nothing. The best model knows how frequent each class is, and says so.",
        "one class": "The loss of always answering the commonest class with certainty is infinite as soon as it errs; minus the log of its share is not the mean either: the rare classes cost more.",
        "bits": "The loss is in bits. The losses here are in nats: ln.",
        "sign": "The sign: a loss is minus the logarithm.",
        "sum": "That is the sum over all labels. The mean is asked for.",
        "nan": "With a class number that never occurs, your loss is nan or infinite: 0 times log(0). Leave such classes out.",
        "percent": "The accuracy is in percent. A share, 0 to 1, is asked for.",
        "accuracy": "The loss is right; the accuracy is {:.3g}, and {:.3g} is the share of the commonest class.",
        "other": "For labels with shares {} the loss is {:.4g}; yours is {:.4g}. Say the frequencies themselves, and take the mean of minus the logarithm.",
    },
    wrong={
        "swapped": lambda labels: _guess(labels)[::-1],
        "uniform": lambda labels: (1 / len(_shares(labels)), np.log(len(_shares(labels)))),
        "one class": lambda labels: (_guess(labels)[0], -np.log(_guess(labels)[0])),
        "bits": lambda labels: (_guess(labels)[0], _guess(labels)[1] / np.log(2)),
        "sign": lambda labels: (_guess(labels)[0], -_guess(labels)[1]),
        "sum": lambda labels: (_guess(labels)[0], len(labels) * _guess(labels)[1]),
        "percent": lambda labels: (100 * _guess(labels)[0], _guess(labels)[1]),
    },
    praise="For 95 and 5 of 100 that is {:.2f} and {:.3f}: her model is as good as the frequencies, and no better. Compare every accuracy and every loss with this pair before you are glad.",
)
def guess(function):
    """Exercise ``exercise-guess``: ``function(labels)`` -> accuracy and loss of the best constant answer."""
    hospital = np.repeat([0, 1], [95, 5])
    for labels in (hospital, np.repeat([0, 1, 2], [30, 60, 10]), np.repeat([0, 2, 5], [10, 20, 30])):
        answer, right = function(labels), np.array(_guess(labels))
        yield "shape", answer.shape != (2,), answer.shape
        if not np.allclose(answer, right, rtol=0.005):
            yield from recognised(guess, answer, labels)
            gap = np.bincount(labels).min() == 0
            yield "nan", gap and not np.isfinite(answer[1])
            yield "accuracy", np.isclose(answer[1], right[1], rtol=0.005), answer[0], right[0]
            yield "other", True, _shares(labels).round(2).tolist(), right[1], answer[1]
    yield RIGHT, True, *_guess(hospital)


NEAR_LN10 = "its loss stays near ln 10, but"


@numbers(
    "Two words, one for each unknown patient: labels, nan, twice, zeros, rate, dead, order or vanishing.",
    x={
        "order": RIGHT,
        "labels": "draw ten of its images with their labels: they agree. Look at more than ten.",
        "nan": "there is none in its losses.",
        "twice": "its ten outputs do not add up to 1, and many of its losses are far below the floor.",
        "zeros": "its units are different, and its losses are not ln 10.",
        "rate": "the healthy training has the same rate. What comes in one batch, and what in the next?",
        "dead": "look at its batch losses one by one, not by rounds: they fall, and leap.",
        "vanishing": "its gradients are large. Look at its batch losses one by one.",
        ELSE: "choose one of the eight words.",
    },
    y={
        "vanishing": RIGHT,
        "labels": f"{NEAR_LN10} its labels agree with its images.",
        "nan": "there is none in its losses.",
        "twice": "its ten outputs do not add up to 1.",
        "zeros": f"{NEAR_LN10} its units are different. Compare the gradients of its layers, from the last to the first.",
        "rate": f"{NEAR_LN10} ten times the rate does not help. Compare the gradients of its layers, from the last to the first.",
        "dead": f"{NEAR_LN10} it has no ReLU. Compare the gradients of its layers, from the last to the first.",
        "order": "its digits are as mixed as the healthy training's.",
        ELSE: "choose one of the eight words.",
    },
    praise="Right, both, and neither had a room. A checklist does not hold every failure; the habit of looking at one number at a time finds those too.",
)
def diagnosis(x, y):
    """Exercise ``exercise-diagnosis``: what is wrong with the patients X and Y, a word for each."""
