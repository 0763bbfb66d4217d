"""The checks of notebook 04: blank, each typical mistake, odd answers, and the right one."""

import numpy as np
import pytest

from mnist_lib.checks import evaluation as checks
from mnist_lib.evaluation import Report


def said(capsys):
    out = capsys.readouterr().out
    assert len(out.strip().splitlines()) == 1
    return out


@pytest.mark.parametrize(
    ("precision", "recall", "mark", "word"),
    [
        (None, None, "…", "two shares"),
        (0.5, None, "…", "two shares"),
        ("abc", 0.6, "✗", "not one number"),
        ([], 0.6, "✗", "not one number"),
        (0.5, float("nan"), "✗", "not yet"),
        (0.6, 0.5, "✗", "swapped"),
        (0.6, 0.6, "✗", "other one"),
        (0.5, 0.5, "✗", "lives in a row"),
        (50, 60, "✗", "per cent"),
        (6, 0.6, "✗", "Of how many"),
        (20 / 30, 0.6, "✗", "accuracy"),
        (6 / 30, 0.6, "✗", "all 30"),
        (0.5, 6 / 20, "✗", "all right answers"),
        (6 / 11, 0.6, "✗", "F1"),
        (8 / 9, 8 / 10, "✗", "A's precision"),
        (0.5, 0.8, "✗", "A's recall"),
        (6 / 9, 0.6, "✗", "accuracy"),
        (0.5, 0.4, "✗", "missed"),
        (0.123, 0.6, "✗", "column"),
        (0.5, 0.6, "✓", "costs you"),
        ("0.5", np.float32(0.6), "✓", "costs you"),
    ],
)
def test_precision_and_recall(precision, recall, mark, word, capsys):
    checks.precision_and_recall(precision, recall)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def right_threshold(confidence, right, error):
    for threshold in np.unique(confidence):
        if (~right[confidence >= threshold]).mean() <= error:
            return threshold
    return None


def strictly_above(confidence, right, error):
    for threshold in np.unique(confidence):
        above = right[confidence > threshold]
        if len(above) and (~above).mean() <= error:
            return threshold
    return None


def stops_early(confidence, right, error):
    best = None
    for threshold in np.unique(confidence)[::-1]:
        if (~right[confidence >= threshold]).mean() > error:
            break
        best = threshold
    return best


def splits_ties(confidence, right, error):
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    keeps = np.flatnonzero(share <= error)
    return confidence[order][keeps[-1]] if len(keeps) else None


def unsorted(confidence, right, error):
    for i in range(len(confidence)):
        if (~right[i:]).mean() <= error:
            return confidence[i]
    return None


def raises(confidence, right, error):
    raise RuntimeError("two\nlines")


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write a function"),
        (lambda c, r, e: ..., "…", "return a threshold"),
        ("abc", "✗", "a str"),
        (0.9, "✗", "hand over the function"),
        (raises, "✗", "stops: RuntimeError: two lines"),
        (lambda confidence: 1, "✗", "two arrays and a share"),
        (lambda c, r, e: "high", "✗", "stops"),
        (lambda c, r, e: [0.5, 0.6], "✗", "stops"),
        (lambda c, r, e: None, "✗", "should be 0.7"),
        (lambda c, r, e: float("nan"), "✗", "returns nan"),
        (strictly_above, "✗", "Not yet"),
        (stops_early, "✗", "Do not stop at the first"),
        (splits_ties, "✗", "come in together"),
        (unsorted, "✗", "no order"),
        (lambda c, r, e: right_threshold(c, r, e) or 1.0, "✗", "return None"),
        (lambda c, r, e: right_threshold(c, r, e - 1e-9 * (e > 0)), "✗", "is allowed there"),
        (right_threshold, "✓", "keeps the promise"),
    ],
)
def test_lowest_threshold(function, mark, word, capsys):
    checks.lowest_threshold(function)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def members():
    """Three models that err on different digits."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 600).astype(np.uint8)
    reports = []
    for name, scale in (("softmax", 2.0), ("mlp", 3.0), ("cnn", 3.5)):
        logits = random.normal(size=(600, 10))
        logits[np.arange(600), labels] += scale
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        reports.append(Report(name, labels, p, float(-np.log(p[np.arange(600), labels]).mean())))
    return reports


def product(p):
    mixed = p.prod(axis=0)
    return mixed / mixed.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write a function"),
        (lambda p: None, "…", "shape (N, 10)"),
        (lambda p: ..., "…", "shape (N, 10)"),
        ([], "✗", "a list"),
        (raises, "✗", "stops"),
        (lambda p: "abc", "✗", "stops"),
        (lambda p: p, "✗", "(3, 600, 10)"),
        (lambda p: p.mean(axis=1), "✗", "first axis"),
        (lambda p: p[:, :, 0], "✗", "first axis"),
        (lambda p: np.log(p).mean(axis=0), "✗", "negative"),
        (lambda p: np.full((600, 10), np.nan), "✗", "nan"),
        (lambda p: p.sum(axis=0), "✗", "add up to 3.000"),
        (lambda p: p.prod(axis=0), "✗", "Divide each row"),
        (lambda p: p[2], "✗", "one member alone"),
        (lambda p: p[0], "✗", "one member alone"),
        (lambda p: np.full((600, 10), 0.1), "✗", "best member"),
        (product, "✓", "more than luck"),
        (lambda p: product(np.stack([p[1] ** 0.05, p[2]])), "✓", "may well be luck"),
    ],
)
def test_committee(function, mark, word, capsys):
    checks.committee(function, members())
    text = said(capsys)
    assert text.startswith(mark) and word in text
