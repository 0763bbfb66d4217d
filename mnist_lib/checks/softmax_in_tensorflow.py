"""Checks of the exercises of notebook 01_softmax_regression."""

import numpy as np

from mnist_lib.checks import close, number, say


def sure_or_modest(sure, modest):
    """Exercise ``exercise-sure``: the mean loss of a model that says 0.999 always, and of one that says 0.9."""
    right, wrong = 0.9, 0.1
    expected_sure = -right * np.log(0.999) - wrong * np.log(0.0001)
    expected_modest = -right * np.log(0.9) - wrong * np.log(0.01)
    sure, modest = number(sure), number(modest)
    if sure is None or modest is None:
        return say("…", "Fill in two numbers: the mean loss of the sure model, then of the modest one.")
    if close(sure, expected_sure) and close(modest, expected_modest):
        return say(
            "✓",
            "Both are right nine times in ten, yet the sure model pays much more: one wrong answer "
            "given with certainty costs as much as ninety doubts. The loss rewards honesty.",
        )
    for name, answer, p_right, p_wrong in (("sure", sure, 0.999, 0.0001), ("modest", modest, 0.9, 0.01)):
        if close(answer, -np.log(p_right)):
            return say(
                "✗", f"{name}: that is the loss of the right answers alone. One answer in ten is wrong, and dear."
            )
        if close(answer, -np.log(p_wrong)):
            return say("✗", f"{name}: that is the loss of a wrong answer alone. Nine answers in ten are right.")
        if close(answer, -np.log(p_right) - np.log(p_wrong)):
            return say("✗", f"{name}: you added the two losses. The mean weighs them: nine tenths and one tenth.")
        if close(answer, right * np.log(p_right) + wrong * np.log(p_wrong)):
            return say("✗", f"{name}: the sign. The loss is minus the logarithm.")
        if close(answer, (-right * np.log(p_right) - wrong * np.log(p_wrong)) / np.log(10)):
            return say("✗", f"{name}: you used the logarithm to base 10. The loss takes the natural one, np.log.")
    if close(sure, expected_modest) and close(modest, expected_sure):
        return say("✗", "The two are swapped.")
    off = "sure" if not close(sure, expected_sure) else "modest"
    say("✗", f"{off}: not yet. Take 0.9 times the loss of a right answer plus 0.1 times the loss of a wrong one.")


def letters(parameters, untrained_loss):
    """Exercise ``exercise-letters``: softmax regression for 26 letters, its size and its loss before training."""
    parameters, untrained_loss = number(parameters), number(untrained_loss)
    if parameters is None or untrained_loss is None:
        return say("…", "Fill in two numbers: how many parameters, and the loss before training.")
    mistakes = {
        784 * 26: "parameters: those are the weights. Each letter has a bias too.",
        784 * 10 + 10: "parameters: that is the model for ten digits. Letters are 26.",
        784 + 26: "parameters: every letter has a weight of its own for every pixel.",
        28 * 26 + 26: "parameters: an image has 28 rows of 28 pixels, not 28 pixels.",
    }
    if parameters != 784 * 26 + 26:
        return say(
            "✗", mistakes.get(parameters, "parameters: one weight for each pixel and letter, and one bias a letter.")
        )
    if close(untrained_loss, np.log(26)):
        return say(
            "✓",
            "Before training every letter gets 1/26, so the loss is ln 26. A model of K classes whose loss "
            "stays at ln K has learned nothing.",
        )
    for value, text in (
        (np.log(10), "loss: that is ln 10, for ten classes. Letters are 26."),
        (np.log10(26), "loss: the loss takes the natural logarithm, np.log, not the one to base 10."),
        (-np.log(26), "loss: the sign. The loss is minus the logarithm of 1/26, which is positive."),
        (1 / 26, "loss: that is the probability of each letter. The loss is minus its logarithm."),
    ):
        if close(untrained_loss, value):
            return say("✗", text)
    say("✗", "loss: with zero weights all 26 letters get the same probability. What is minus its logarithm?")


def weight_decay(decayed_gradient):
    """Exercise ``exercise-decay``: the gradient of cross-entropy plus half the squared weights, times decay."""
    random = np.random.default_rng(0)
    x, labels = random.uniform(size=(5, 784)), random.integers(0, 10, 5)
    W, b, decay = random.normal(0, 0.1, (784, 10)), random.normal(size=10), 0.3
    try:
        answer = decayed_gradient(x, labels, W.copy(), b.copy(), decay)
        if answer is None:
            return say("…", "Let the function return two arrays: grad_W, shape (784, 10), and grad_b, shape (10,).")
        grad_W, grad_b = (np.asarray(part, dtype=float) for part in answer)
    except Exception as error:  # whatever a learner's function raises is an answer to give, not a reason to stop
        return say("✗", f"Your function stopped with {type(error).__name__}: {error}")
    exponentials = np.exp(x @ W + b - (x @ W + b).max(axis=1, keepdims=True))
    error = exponentials / exponentials.sum(axis=1, keepdims=True) - np.eye(10)[labels]
    plain_W, plain_b = x.T @ error / len(x), error.mean(axis=0)
    if grad_W.shape != W.shape or grad_b.shape != b.shape:
        return say(
            "✗", f"The shapes are {grad_W.shape} and {grad_b.shape}; they must be (784, 10) and (10,), as W and b."
        )
    if not np.allclose(grad_b, plain_b):
        if np.allclose(grad_b, plain_b + decay * b):
            return say("✗", "grad_b: the bias is not decayed; only W stands in the new term.")
        return say("✗", "grad_b: it should be what gradient() gives, unchanged.")
    for expected, text in (
        (plain_W, "grad_W: that is the gradient without decay."),
        (
            plain_W + 2 * decay * W,
            "grad_W: twice too much decay. The term has a half in front, so its derivative is decay * W.",
        ),
        (
            plain_W + decay / 2 * W,
            "grad_W: half the decay. The derivative of W squared is 2 W, and the half takes the 2 away.",
        ),
        (plain_W - decay * W, "grad_W: the sign. The term makes the loss grow with the weights, so it is added."),
        (plain_W + decay, "grad_W: decay alone was added; its derivative is decay times W."),
        (plain_W + decay * W**2 / 2, "grad_W: you added the term itself, not its derivative."),
    ):
        if np.allclose(grad_W, expected):
            return say("✗", text)
    if np.allclose(grad_W, plain_W + decay * W):
        return say(
            "✓",
            "Each step now shrinks every weight by the same small share: W <- W - rate * (gradient + decay * W). "
            "That is why it is called decay.",
        )
    say("✗", "grad_W: not yet. Derive the new term alone: what is the derivative of decay/2 times W squared?")


def summed_loss(a, b):  # placeholder until the engine is merged
    say("…", "Fill in two numbers.")


def ink_weights(w, ink, Y):  # placeholder until the engine is merged
    say("…", "Fill in ten weights.")
