"""Numbers about probabilities: softmax and loss, intervals of accuracies, calibration. NumPy and SciPy alone."""

from typing import NamedTuple

import numpy as np


def softmax(logits, temperature=1.0):
    """Turn logits into probabilities, each logit divided by the temperature first.

    Parameters
    ----------
    logits : array of float, shape (N, K)
    temperature : float
        Above 0. Above 1 the answers become less sure, below 1 surer; the likeliest digit stays the same.

    Returns
    -------
    array of float, shape (N, K)
        Each row adds up to 1.

    Raises
    ------
    ValueError
        If ``temperature`` is not above 0.
    """
    from scipy import special

    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}; expected a number above 0.")
    return special.softmax(np.asarray(logits) / np.float32(temperature), axis=1)


def cross_entropy(logits, labels):
    """Return each row's cross-entropy in nats, shape (N,), from logits (N, K): finite, however sure the model is."""
    from scipy import special

    return -special.log_softmax(logits, axis=1)[np.arange(len(labels)), labels]


def accuracy_interval(right, count, confidence=0.95):
    """Return Wilson's confidence interval for an accuracy [1]_.

    Built by hand in notebook 09, cell ``wilson-by-hand``.

    Parameters
    ----------
    right, count : int
        ``right`` of ``count`` answers, at least 1, are right.
    confidence : float
        In this share of all test sets the interval holds the true accuracy, about.

    Returns
    -------
    (float, float)
        Lowest and highest accuracy that fit the count.

    Raises
    ------
    ValueError
        If the counts cannot be, or ``confidence`` is not between 0 and 1.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
       the American Statistical Association 22 (1927), 209-212.
    """
    from scipy.stats import binomtest

    if count < 1 or not 0 <= right <= count:
        raise ValueError(f"{right} right answers of {count}: expected 0 <= right <= count, and count of at least 1.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected a share between 0 and 1, such as 0.95.")
    low, high = binomtest(int(right), int(count)).proportion_ci(confidence, method="wilson")
    return float(low), float(high)


class Calibration(NamedTuple):
    """Mean confidence, accuracy and number of answers in each bin of confidence; nan in empty bins."""

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def error(self):
        """Expected calibration error: mean distance of accuracy from confidence, 0 to 1."""
        return float(np.nansum(self.count * np.abs(self.accuracy - self.confidence)) / self.count.sum())


def calibration(probabilities, labels, bins=10):
    """Sort answers by confidence into bins of equal width, and compare confidence with accuracy [1]_.

    Built by hand in notebook 09, cell ``calibration-by-hand``.

    Parameters
    ----------
    probabilities : array of float, shape (N, K)
        Each row adds up to 1.
    labels : array of int, shape (N,)
    bins : int
        A confidence on the edge of two bins belongs to the lower one.

    Returns
    -------
    Calibration
        Arrays of shape (bins,), and their ``error``.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are no answers, or ``bins`` is below 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017,
       equations 2, 3 and 5.
    """
    probabilities, labels = checked("probabilities", probabilities, labels)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1, such as 10.")
    confidence, right = confidence_and_right(probabilities, labels)
    which = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):  # an empty bin has no mean: nan
        means = (np.bincount(which, weights=values, minlength=bins) / count for values in (confidence, right))
        return Calibration(*means, count)


def confidence_and_right(probabilities, labels):
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels


def checked(name, rows, labels):
    rows, labels = np.asarray(rows), np.asarray(labels)
    if rows.ndim != 2 or labels.shape != rows.shape[:1] or rows.size == 0:
        raise ValueError(
            f"{name} has shape {rows.shape} and labels {labels.shape}; expected (N, 10) and (N,), with N of at least 1."
        )
    return rows, labels


def as_images(images):
    """Return images as an array of shape (N, 28, 28); one image alone, shape (28, 28), becomes a row."""
    images = np.asarray(images)
    if images.shape == (28, 28):
        images = images[None]
    if images.shape[1:] != (28, 28):
        raise ValueError(f"images has shape {images.shape}; expected (N, 28, 28), or (28, 28) for one image.")
    return images
