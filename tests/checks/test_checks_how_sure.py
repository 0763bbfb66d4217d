"""The exercises of lesson 09."""

import numpy as np

from mnist_course.checks import how_sure as checks
from mnist_lib.inspection import accuracy_interval, mcnemar


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


RIGHT = {
    "lowest_threshold": [threshold, lambda c, r, e: None if (t := threshold(c, r, e)) is None else float(t)],
    "own_change": [[0.9, 0.91, 0.9, 0.92, 0.9], np.linspace(0, 1, 6)],
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
    "own_change": {
        "odd": "abc",
        "few": [0.9, 0.91, 0.92],
        "range": [97.1, 97.2, 97.3, 97.1, 97.2],
        "alike": [0.9] * 5,
    },
}


def test_several_thresholds():
    def say(answer):
        return checks.lowest_threshold.verdict(lambda confidence, right, error: answer).text

    assert "should be 0.7" in say(None) and "returns nan" in say(float("nan"))
    assert "returns a str: ValueError" in say("high") and "returns a list: TypeError" in say([0.5, 0.6])


def test_the_plates():
    labels = np.zeros(50, int)
    friend, rival = (np.isin(np.arange(50), wrong).astype(int) for wrong in ([0, 49], [1, 2, 3, 4, 49]))
    found = mcnemar(labels, friend, rival)
    assert found[:2] == (4, 1)
    right = accuracy_interval(48, 50)[0], found.p_value, found.verdict
    assert checks.plates.verdict(*right).mark == "✓"


def test_own_change_says_what_the_rule_says(reports):
    assert "by the rule not shown" in checks.own_change.verdict([0.7, 0.71, 0.72, 0.7, 0.71], reports).text
    assert "by the rule shown" in checks.own_change.verdict([0.0, 0.01, 0.02, 0.0, 0.01], reports[1:]).text
