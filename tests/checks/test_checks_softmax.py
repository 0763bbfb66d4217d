"""The checks of notebook 01: blank, each typical mistake, and the right answer."""

import numpy as np
import pytest

from mnist_lib.checks import softmax as checks

SURE = -0.9 * np.log(0.999) - 0.1 * np.log(0.0001)
MODEST = -0.9 * np.log(0.9) - 0.1 * np.log(0.01)


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two numbers"),
        ((20410, None), "…", "two numbers"),
        (("many", []), "…", "two numbers"),
        ((20384, np.log(26)), "✗", "bias"),
        ((7850, np.log(26)), "✗", "ten digits"),
        ((810, np.log(26)), "✗", "every letter"),
        ((123, np.log(26)), "✗", "one weight for each pixel"),
        ((20410, np.log(10)), "✗", "ln 10"),
        ((20410, np.log10(26)), "✗", "natural"),
        ((20410, -np.log(26)), "✗", "sign"),
        ((20410, 1 / 26), "✗", "probability"),
        ((20410, float("nan")), "✗", "same probability"),
        ((20410, 3.26), "✓", "ln K"),
    ],
)
def test_letters(answer, mark, word, capsys):
    checks.letters(*answer)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None), "…", "two numbers"),
        (([1, 2], MODEST), "…", "two numbers"),
        ((-np.log(0.999), MODEST), "✗", "right answers alone"),
        ((SURE, -np.log(0.9)), "✗", "modest: that is the loss of the right answers alone"),
        ((-np.log(0.0001), MODEST), "✗", "wrong answer alone"),
        ((SURE, -np.log(0.9) - np.log(0.01)), "✗", "added"),
        ((-SURE, MODEST), "✗", "sign"),
        ((SURE / np.log(10), MODEST), "✗", "base 10"),
        ((MODEST, SURE), "✗", "swapped"),
        ((float("inf"), MODEST), "✗", "sure: not yet"),
        ((SURE, MODEST), "✓", "honesty"),
    ],
)
def test_sure_or_modest(answer, mark, word, capsys):
    checks.sure_or_modest(*answer)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said


def plain(x, labels, W, b):
    logits = x @ W + b
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    error = p - np.eye(10)[labels]
    return x.T @ error / len(x), error.mean(axis=0)


def answer(change_W=lambda g, W, decay: g + decay * W, change_b=lambda g, b, decay: g):
    def decayed_gradient(x, labels, W, b, decay):
        grad_W, grad_b = plain(x, labels, W, b)
        return change_W(grad_W, W, decay), change_b(grad_b, b, decay)

    return decayed_gradient


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (lambda *_: None, "…", "two arrays"),
        (None, "✗", "TypeError"),
        (lambda *_: 1 / 0, "✗", "ZeroDivisionError"),
        (lambda *_: (np.zeros(3), np.zeros(10)), "✗", "shapes"),
        (answer(lambda g, W, d: g), "✗", "without decay"),
        (answer(lambda g, W, d: g + 2 * d * W), "✗", "twice"),
        (answer(lambda g, W, d: g + d * W / 2), "✗", "half the decay"),
        (answer(lambda g, W, d: g - d * W), "✗", "sign"),
        (answer(lambda g, W, d: g + d), "✗", "decay alone"),
        (answer(lambda g, W, d: g + d * W**2 / 2), "✗", "term itself"),
        (answer(lambda g, W, d: g * 7), "✗", "not yet"),
        (answer(change_b=lambda g, b, d: g + d * b), "✗", "bias is not decayed"),
        (answer(change_b=lambda g, b, d: -g), "✗", "unchanged"),
        (answer(), "✓", "decay"),
    ],
)
def test_weight_decay(function, mark, word, capsys):
    checks.weight_decay(function)
    said = capsys.readouterr().out
    assert said.startswith(mark) and word in said
