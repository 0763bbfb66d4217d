"""The exercises of lesson 08."""

import numpy as np

from mnist_course.checks import evaluation as checks


def product(p):
    mixed = p.prod(axis=0)
    return mixed / mixed.sum(axis=1, keepdims=True)


RIGHT = {
    "precision_and_recall": [(np.float32(0.5), np.float32(0.6))],
    "committee": [product, lambda p: product(np.stack([p[1] ** 0.05, p[2]]))],
}
WRONG = {
    "committee": {
        "shape": lambda p: np.concatenate([p, p]),
        "unmixed": lambda p: p.mean(axis=1),
        "negative": lambda p: np.log(p).mean(axis=0),
        "sum": lambda p: p.sum(axis=0),
        "member": lambda p: p[2],
        "loss": lambda p: np.full((600, 10), 0.1),
    },
}


def test_several_mistakes_of_precision():
    verdict = checks.precision_and_recall.verdict
    assert "lives in a row" in verdict(0.5, 0.5).text and "lives in a column" in verdict(0.6, 0.6).text
    assert "precision: right in per cent" in verdict(50, 60).text
    assert "C's precision" in verdict(6 / 9, 0.6).text
    assert verdict(0.123, 0.6).text.endswith("B's column.") and verdict(0.5, float("nan")).text.endswith("B's row.")


def test_several_committees(reports):
    def say(function):
        return checks.committee.verdict(function, reports).text

    assert "add up to 3.000" in say(lambda p: p.sum(axis=0))
    assert "Divide each row" in say(lambda p: p.prod(axis=0))
    assert "first axis" in say(lambda p: p[:, :, 0])
    assert "nan among" in say(lambda p: np.full((600, 10), np.nan))
    assert "one member alone" in say(lambda p: p[0])
    assert "more than luck" in say(product)
    assert "may well be luck" in say(RIGHT["committee"][1])
