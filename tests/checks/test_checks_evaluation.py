"""The exercises of lesson 08, and of notebook 05."""

import numpy as np

from mnist_course.checks import evaluation as checks


def threshold(confidence, right, error):
    for threshold in np.unique(confidence):
        if (~right[confidence >= threshold]).mean() <= error:
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


def in_single_precision(confidence, right, error):
    for threshold in np.unique(confidence):
        if float((~right[confidence >= threshold]).mean(dtype=np.float32)) <= error:
            return threshold
    return None


def strictly_above(confidence, right, error):
    for threshold in np.unique(confidence):
        above = right[confidence > threshold]
        if len(above) and (~above).mean() <= error:
            return threshold
    return None


def product(p):
    mixed = p.prod(axis=0)
    return mixed / mixed.sum(axis=1, keepdims=True)


RIGHT = {
    "precision_and_recall": [(np.float32(0.5), np.float32(0.6))],
    "lowest_threshold": [threshold, lambda c, r, e: None if (t := threshold(c, r, e)) is None else float(t)],
    "committee": [product, lambda p: product(np.stack([p[1] ** 0.05, p[2]]))],
}
WRONG = {
    "lowest_threshold": {
        "simple": strictly_above,
        "order": unsorted,
        "some": lambda c, r, e: threshold(c, r, e - 1e-9 * (e > 0)),
        "exactly": in_single_precision,
        "ties": splits_ties,
        "surest": stops_early,
        "none": lambda c, r, e: threshold(c, r, e) or 1.0,
        "long": lambda c, r, e: threshold(c, r, e) if len(c) < 9 else c.max(),
    },
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


def test_several_thresholds():
    def say(answer):
        return checks.lowest_threshold.verdict(lambda confidence, right, error: answer).text

    assert "should be 0.7" in say(None) and "returns nan" in say(float("nan"))
    assert "returns a str: ValueError" in say("high") and "returns a list: TypeError" in say([0.5, 0.6])


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
