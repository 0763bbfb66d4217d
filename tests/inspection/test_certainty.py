"""The rule for "is this difference more than luck?", and runs with several seeds."""

import numpy as np
import pytest

from mnist_lib.inspection import compare_seeds, mcnemar, verdict


@pytest.mark.parametrize(
    ("p_value", "comparisons", "word"),
    [(0, 1, "shown"), (0.0029, 1, "shown"), (0.003, 1, "open"), (0.049, 1, "open"), (0.05, 1, "not shown")]
    + [(1, 1, "not shown"), (0.002, 3, "open"), (0.004, 20, "not shown")],
)
def test_the_rule(p_value, comparisons, word):
    assert verdict(p_value, comparisons) == word


@pytest.mark.parametrize(("p_value", "comparisons"), [(-0.1, 1), (1.1, 1), (float("nan"), 1), (0.5, 0)])
def test_no_verdict_on_what_is_no_share(p_value, comparisons):
    with pytest.raises(ValueError, match="expected"):
        verdict(p_value, comparisons)


def test_results_know_their_verdict():
    labels = np.zeros(20, int)
    assert mcnemar(labels, labels + 1, labels).verdict == "shown"
    assert mcnemar(labels, labels, labels).verdict == "not shown"
    assert compare_seeds([1, 2, 3], [1, 2, 3]).verdict == "not shown"
    assert compare_seeds([1, 2, 3], [11, 12, 13]).verdict == "shown"


def test_seeds_by_hand():
    first, second = np.array([25, 17, 18]), np.array([19, 14, 18])
    found = compare_seeds(first, second)
    error = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 3)
    assert found.mean == pytest.approx(-3)
    assert (found.high - found.low) / 2 == pytest.approx(2.776445 * error)  # Student's, four degrees of freedom
    assert found.p_value == pytest.approx(0.3658, abs=0.0001)
    mirrored = compare_seeds(second, first)
    assert (mirrored.mean, mirrored.low, mirrored.high) == pytest.approx((3, -found.high, -found.low))


def test_ways_that_are_alike_are_seldom_called_different(random):
    p_values = [compare_seeds(*random.normal(size=(2, 5))).p_value for _ in range(400)]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_runs_without_scatter():
    assert compare_seeds([0.9, 0.9], [0.9, 0.9]) == (0, 0, 0, 1)
    found = compare_seeds([0.5, 0.5], [0.75, 0.75])
    assert found == (0.25, 0.25, 0.25, 0) and found.verdict == "shown"


@pytest.mark.parametrize("runs", [[], [1], [1, float("nan")], [[1, 2]]])
def test_what_are_no_runs(runs):
    with pytest.raises(ValueError, match="at least two"):
        compare_seeds([1, 2], runs)
