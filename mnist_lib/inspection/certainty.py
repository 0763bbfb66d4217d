"""How sure? Is a difference more than luck, a temperature, a model that may stay silent. Built in notebook 09."""

from typing import NamedTuple

import numpy as np

from mnist_lib.numerics.scores import checked, confidence_and_right, cross_entropy


def verdict(p_value, comparisons=1):
    """Say by the series' rule whether a difference is more than luck: "shown", "open" or "not shown".

    Stated in notebook 09, cell ``rule``.

    Parameters
    ----------
    p_value : float
        How often luck alone would give such a difference or a larger one: ``mcnemar`` has it for two trained models,
        ``compare_seeds`` for two ways of training.
    comparisons : int
        How many differences are looked at; with each, luck has one more try.

    Returns
    -------
    str
        "shown" if p times the comparisons is below 0.003, "open" if below 0.05, else "not shown": where runs are many,
        three and two standard errors.

    Raises
    ------
    ValueError
        If ``p_value`` is not from 0 to 1, or ``comparisons`` is below 1.
    """
    if not 0 <= p_value <= 1:
        raise ValueError(f"p_value is {p_value}; expected a share from 0 to 1.")
    if comparisons < 1:
        raise ValueError(f"comparisons is {comparisons}; expected at least 1, the difference itself.")
    expected = p_value * comparisons
    return "shown" if expected < 0.003 else "open" if expected < 0.05 else "not shown"


class Difference(NamedTuple):
    """How far the second way lies above the first, its 95 % interval, and how likely luck alone does as much."""

    mean: float
    low: float
    high: float
    p_value: float

    @property
    def verdict(self):
        """See ``verdict``."""
        return verdict(self.p_value)


def compare_seeds(first, second):
    """Compare two ways of training by runs with several seeds each: Student's test [1]_.

    Both ways are taken to scatter alike, so that three or four runs need not tell each scatter alone. Built by hand in
    notebook 09, cell ``seeds-by-hand``.

    Parameters
    ----------
    first, second : sequence of float
        A result of each run, such as its accuracy; at least two runs each.

    Returns
    -------
    Difference
        Mean of ``second`` minus mean of ``first``; what it says holds for the digits that were used.

    Raises
    ------
    ValueError
        If there are fewer than two runs, or results that are no finite numbers.

    References
    ----------
    .. [1] Student, "The probable error of a mean", Biometrika 6 (1908), 1-25.
    """
    from scipy.stats import ttest_ind

    first, second = (np.asarray(runs, float) for runs in (first, second))
    for runs in (first, second):
        if runs.ndim != 1 or len(runs) < 2 or not np.isfinite(runs).all():
            raise ValueError(f"{runs} are no runs to compare; expected at least two finite numbers for each way.")
    mean = float(second.mean() - first.mean())
    if np.ptp(first) == np.ptp(second) == 0:  # no scatter, so no luck
        return Difference(mean, mean, mean, float(mean == 0))
    test = ttest_ind(second, first)
    return Difference(mean, *map(float, test.confidence_interval()), float(test.pvalue))


class McNemar(NamedTuple):
    """Where two models disagree, and how likely chance alone would disagree as unevenly."""

    only_first: int
    only_second: int
    p_value: float

    @property
    def verdict(self):
        """See ``verdict``; it speaks of these two trained models, not of how they were trained."""
        return verdict(self.p_value)


def mcnemar(labels, first, second):
    """Compare two models' predictions on the same digits: McNemar's test [1]_ in its exact form.

    Only the digits count that one model alone reads rightly. If the models are equally good, each such
    digit is a fair coin. Built by hand in notebook 09, cell ``coins``.

    Parameters
    ----------
    labels, first, second : array of int, shape (N,)
        The right digits, and both models' predictions.

    Returns
    -------
    McNemar
        ``only_first`` and ``only_second`` count the digits that one model alone reads rightly; ``p_value``, 0
        to 1, is two-sided, and 1 if the models never differ.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
       percentages", Psychometrika 12 (1947), 153-157.
    """
    from scipy.stats import binomtest

    labels, first, second = map(np.asarray, (labels, first, second))
    if labels.ndim != 1 or not labels.shape == first.shape == second.shape:
        raise ValueError(
            f"labels, first and second have shapes {labels.shape}, {first.shape} and {second.shape}; "
            "expected (N,) for all three: both models must answer the same digits."
        )
    only_first = int(((first == labels) & (second != labels)).sum())
    only_second = int(((first != labels) & (second == labels)).sum())
    differ = only_first + only_second
    return McNemar(only_first, only_second, float(binomtest(only_first, differ).pvalue) if differ else 1.0)


def find_temperature(logits, labels):
    """Find the temperature that makes the loss smallest [1]_.

    Built by hand in notebook 09, cell ``temperature-by-hand``.

    Parameters
    ----------
    logits : array of float, shape (N, K)
        On digits that the model was not trained on, and that it will not be judged on: the validation digits.
    labels : array of int, shape (N,)

    Returns
    -------
    float
        Between 1/20 and 20; near an end of that range if all answers are right, or hopeless.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are no answers.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017,
       section 4.2.
    """
    from scipy.optimize import minimize_scalar

    logits, labels = checked("logits", logits, labels)
    logits = logits.astype(np.float64)

    def loss(log_temperature):
        return cross_entropy(logits / np.exp(log_temperature), labels).mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-np.log(20), np.log(20)), method="bounded").x))


class Coverage(NamedTuple):
    """What a model that may stay silent achieves: one entry for each confidence that it could ask for."""

    coverage: np.ndarray
    accuracy: np.ndarray
    threshold: np.ndarray


def coverage(probabilities, labels):
    """Let a model answer only where it is sure enough: accuracy against the share that it answers [1]_.

    Built by hand in notebook 09, cell ``coverage-by-hand``.

    Parameters
    ----------
    probabilities : array of float, shape (N, K)
        Each row adds up to 1.
    labels : array of int, shape (N,)

    Returns
    -------
    Coverage
        Arrays of one length, from the highest ``threshold`` to the lowest: asking for a confidence of at least
        ``threshold``, the model answers the share ``coverage``, and ``accuracy`` of these answers are right.
        Answers of equal confidence come in together.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are no answers.

    References
    ----------
    .. [1] Y. Geifman, R. El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017.
    """
    probabilities, labels = checked("probabilities", probabilities, labels)
    confidence, right = confidence_and_right(probabilities, labels)
    order = np.argsort(-confidence, kind="stable")
    confidence, right = confidence[order], np.cumsum(right[order])
    last = np.flatnonzero(np.append(confidence[1:] != confidence[:-1], True))  # the last of each run of ties
    return Coverage((last + 1) / len(labels), right[last] / (last + 1), confidence[last])
