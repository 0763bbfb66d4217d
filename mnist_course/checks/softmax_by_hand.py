"""Checks of the exercises of lesson 01_softmax_by_hand."""

import warnings

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, arrays, numbers, of_function, recognised, same


def _mean_loss(right, wrong):
    """The mean loss of a model that is right nine times in ten, and what the slips give."""
    right, wrong = -np.log(right), -np.log(wrong)
    mean = 0.9 * right + 0.1 * wrong
    return {
        mean: RIGHT,
        right: "that is the loss of the right answers alone. One answer in ten is wrong, and dear.",
        wrong: "that is the loss of a wrong answer alone. Nine answers in ten are right.",
        -mean: "the sign. The loss is minus the logarithm.",
        mean / np.log(10): "you used the logarithm to base 10. The loss takes the natural one, np.log.",
        ELSE: "not yet. Take 0.9 times the loss of a right answer plus 0.1 times the loss of a wrong one.",
    }


SURE, MODEST = _mean_loss(0.999, 0.0001), _mean_loss(0.9, 0.01)
SURE[-np.log(0.0001)] += " Both losses added come to nearly as much: the mean weighs them."
MODEST[-np.log(0.9) - np.log(0.01)] = "you added the two losses. The mean weighs them: nine tenths and one tenth."


@numbers(
    "Fill in two numbers: the mean loss of the sure model, then of the modest one.",
    sure=SURE,
    modest=MODEST,
    together={(next(iter(MODEST)), next(iter(SURE))): "The two are swapped."},
    praise="Both are right nine times in ten, yet the sure model pays much more: one wrong answer given with certainty costs as much as ninety doubts. The loss rewards honesty.",
)
def sure_or_modest(sure, modest):
    """Exercise ``exercise-sure``: the mean loss of a model that says 0.999 always, and of one that says 0.9."""


@of_function(
    "rain",
    "Write the function: differences in, one probability for each out.",
    empty="Return something: a probability for each difference.",
    read=array,
    slips={
        "shape": "For five differences the answer has shape {}; expected (5,), one probability for each.",
        "dry": "That is the probability of a dry day. Rain is the likelier, the larger d is.",
        "base": "At d = 1 you give {:.2f}: another base than e. The exponential of softmax is np.exp.",
        "half": "At d = 0 both are equally likely, so rain has 0.5; you give {:.2f}.",
        "extremes": "At -1,000 and 1,000 you give {} and {}; expected 0 and 1. An exponential overflowed: which exponents stay below 0?",
        "warning": "Right, but with a warning of NumPy's: {}. Take care that no exponent is far above 0.",
        "other": "At d = 1 the answer is {:.3f}, to be 0.731. Softmax of the two logits 0 and d gives it.",
    },
    wrong={
        "dry": lambda d: 1 / (1 + np.exp(np.clip(d, -500, 500))),
        "base": lambda d: 1 / (1 + 2.0 ** -np.clip(d, -500, 500)),
        "half": lambda d: np.clip(np.exp(np.minimum(d, 0.0)), 0, 1),
        "other": lambda d: 1 / (1 + np.exp(-np.clip(2 * d, -500, 500))),
    },
    praise="That is the sigmoid: softmax with two classes. Only the difference of the logits matters, and no exponent is far above 0.",
)
def rain(function):
    """Exercise ``exercise-rain``: the probability of one of two classes from the difference of their logits."""
    d = np.array([0.0, 1.0, -2.0, -1000.0, 1000.0])
    right = np.where(d >= 0, 1 / (1 + np.exp(-np.abs(d))), np.exp(-np.abs(d)) / (1 + np.exp(-np.abs(d))))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        answer = function(d)
    yield "shape", answer.shape != d.shape, answer.shape
    yield RIGHT, same(answer, right) and not warned
    yield "warning", same(answer, right), warned[0].message if warned else ""
    yield "dry", same(answer[:3], 1 - right[:3])
    yield "half", not same(answer[0], 0.5), answer[0]
    yield "extremes", same(answer[:3], right[:3]), answer[3], answer[4]
    yield "base", same(answer[1], 2 / 3) or same(answer[1], 10 / 11), answer[1]
    yield "other", True, answer[1]


def _decayed(of_W):
    """A function as the exercise asks for it, from what happens to the plain gradient of W."""

    def decayed_gradient(X, labels, W, b, weight_decay):
        scores = np.exp(X @ W + b - (X @ W + b).max(axis=1, keepdims=True))
        dZ = (scores / scores.sum(axis=1, keepdims=True) - np.eye(10)[labels]) / len(X)
        return of_W(X.T @ dZ, W, weight_decay), dZ.sum(axis=0)

    return decayed_gradient


SOLUTION = _decayed(lambda plain, W, decay: plain + decay * W)
TWO_ARRAYS = "Let the function return two arrays: dW, shape (784, 10), and db, shape (10,)."


@of_function(
    "decayed_gradient",
    TWO_ARRAYS,
    read=arrays,
    slips={
        ODD: TWO_ARRAYS,
        "shapes": "The shapes are {} and {}; they must be (784, 10) and (10,), as W and b.",
        "bias": "db: the bias is not decayed; only W stands in the new term.",
        "other bias": "db: it should be what gradient() gives, unchanged.",
        "plain": "dW: that is the gradient without decay.",
        "twice": "dW: twice too much decay. The term has a half in front, so its derivative is weight_decay * W.",
        "half": "dW: half the decay. The derivative of W squared is 2 W, and the half takes the 2 away.",
        "sign": "dW: the sign. The term makes the loss grow with the weights, so it is added.",
        "decay": "dW: weight_decay alone was added; its derivative is weight_decay times W.",
        "term": "dW: you added the term itself, not its derivative.",
        "weights": "dW: not yet. Derive the new term alone: what is the derivative of weight_decay/2 times W squared?",
    },
    wrong={
        "plain": _decayed(lambda plain, W, decay: plain),
        "twice": _decayed(lambda plain, W, decay: plain + 2 * decay * W),
        "half": _decayed(lambda plain, W, decay: plain + decay / 2 * W),
        "sign": _decayed(lambda plain, W, decay: plain - decay * W),
        "decay": _decayed(lambda plain, W, decay: plain + decay),
        "term": _decayed(lambda plain, W, decay: plain + decay * W**2 / 2),
    },
    praise="Each step now shrinks every weight by the same small share: W <- W - learning_rate * (gradient + weight_decay * W). That is why it is called decay.",
)
def weight_decay(decayed_gradient):
    """Exercise ``exercise-decay``: the gradient of cross-entropy plus half the squared weights, times weight decay."""
    random = np.random.default_rng(0)
    x, labels = random.uniform(size=(5, 784)), random.integers(0, 10, 5)
    W, b, decay = random.normal(0, 0.1, (784, 10)), random.normal(size=10), 0.3
    case = x, labels, W, b, decay
    (dW, db), (right_W, right_b) = decayed_gradient(*case), SOLUTION(*case)
    yield "shapes", dW.shape != W.shape or db.shape != b.shape, dW.shape, db.shape
    yield "bias", same(db, right_b + decay * b)
    yield "other bias", not same(db, right_b)
    yield RIGHT, same(dW, right_W)
    yield from recognised(weight_decay, dW, *case, same=lambda one, other: same(one, other[0]))
    yield "weights", True
