"""Checks of the exercises of notebook 01_softmax_regression."""

import numpy as np

from mnist_lib.checks.engine import ELSE, ODD, RIGHT, arrays, numbers, of_function, recognised, same


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


def _decayed(of_W):
    """A function as the exercise asks for it, from what happens to the plain gradient of W."""

    def decayed_gradient(x, labels, W, b, decay):
        scores = np.exp(x @ W + b - (x @ W + b).max(axis=1, keepdims=True))
        error = scores / scores.sum(axis=1, keepdims=True) - np.eye(10)[labels]
        return of_W(x.T @ error / len(x), W, decay), error.mean(axis=0)

    return decayed_gradient


SOLUTION = _decayed(lambda plain, W, decay: plain + decay * W)
TWO_ARRAYS = "Let the function return two arrays: grad_W, shape (784, 10), and grad_b, shape (10,)."


@of_function(
    "decayed_gradient",
    TWO_ARRAYS,
    read=arrays,
    slips={
        ODD: TWO_ARRAYS,
        "shapes": "The shapes are {} and {}; they must be (784, 10) and (10,), as W and b.",
        "bias": "grad_b: the bias is not decayed; only W stands in the new term.",
        "other bias": "grad_b: it should be what gradient() gives, unchanged.",
        "plain": "grad_W: that is the gradient without decay.",
        "twice": "grad_W: twice too much decay. The term has a half in front, so its derivative is decay * W.",
        "half": "grad_W: half the decay. The derivative of W squared is 2 W, and the half takes the 2 away.",
        "sign": "grad_W: the sign. The term makes the loss grow with the weights, so it is added.",
        "decay": "grad_W: decay alone was added; its derivative is decay times W.",
        "term": "grad_W: you added the term itself, not its derivative.",
        "weights": "grad_W: not yet. Derive the new term alone: what is the derivative of decay/2 times W squared?",
    },
    wrong={
        "plain": _decayed(lambda plain, W, decay: plain),
        "twice": _decayed(lambda plain, W, decay: plain + 2 * decay * W),
        "half": _decayed(lambda plain, W, decay: plain + decay / 2 * W),
        "sign": _decayed(lambda plain, W, decay: plain - decay * W),
        "decay": _decayed(lambda plain, W, decay: plain + decay),
        "term": _decayed(lambda plain, W, decay: plain + decay * W**2 / 2),
    },
    praise="Each step now shrinks every weight by the same small share: W <- W - rate * (gradient + decay * W). That is why it is called decay.",
)
def weight_decay(decayed_gradient):
    """Exercise ``exercise-decay``: the gradient of cross-entropy plus half the squared weights, times decay."""
    random = np.random.default_rng(0)
    x, labels = random.uniform(size=(5, 784)), random.integers(0, 10, 5)
    W, b, decay = random.normal(0, 0.1, (784, 10)), random.normal(size=10), 0.3
    case = x, labels, W, b, decay
    (grad_W, grad_b), (right_W, right_b) = decayed_gradient(*case), SOLUTION(*case)
    yield "shapes", grad_W.shape != W.shape or grad_b.shape != b.shape, grad_W.shape, grad_b.shape
    yield "bias", same(grad_b, right_b + decay * b)
    yield "other bias", not same(grad_b, right_b)
    yield RIGHT, same(grad_W, right_W)
    yield from recognised(weight_decay, grad_W, *case, same=lambda one, other: same(one, other[0]))
    yield "weights", True
