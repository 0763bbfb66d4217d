"""How good is a model? Its answers on one set of digits, and what follows from them.

Each measure is built by hand in notebook 04; what scikit-learn and SciPy have is called here, not rewritten.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True, repr=False, eq=False)
class Report:
    """A model's answers on N labelled digits.

    In a notebook it shows itself as a table, one row a digit; ``str`` gives one line.

    Attributes
    ----------
    model_name : str
    labels : array of uint8, shape (N,)
        The right digits.
    probabilities : array of float32, shape (N, 10)
        Each row adds up to 1.
    loss : float
        Mean cross-entropy in nats, computed from the logits.
    logits : array of float32, shape (N, 10), optional
        What the model returned.
    """

    model_name: str
    labels: np.ndarray
    probabilities: np.ndarray
    loss: float
    logits: np.ndarray | None = None

    @property
    def count(self):
        """Number of digits, N."""
        return len(self.labels)

    @property
    def predictions(self):
        """The likeliest digit of each image, int, shape (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self):
        """Whether each prediction is right, bool, shape (N,)."""
        return self.predictions == self.labels

    @property
    def confidence(self):
        """The likeliest digit's probability, float, shape (N,)."""
        return self.probabilities.max(axis=1)

    @property
    def accuracy(self):
        """Share of right predictions, 0 to 1."""
        return float(self.right.mean())

    @property
    def interval(self):
        """95 % confidence interval of the accuracy, (low, high); see ``accuracy_interval``."""
        return accuracy_interval(int(self.right.sum()), self.count)

    @property
    def confusion(self):
        """Counts, int, shape (10, 10): row = right digit, column = predicted digit."""
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(self.labels, self.predictions, labels=range(10))

    @property
    def precision(self):
        """Of the images called this digit, the share that is one, shape (10,); 0 if none is called so."""
        return self._scores()[0]

    @property
    def recall(self):
        """Of the images of this digit, the share that is found, shape (10,); 0 if there are none."""
        return self._scores()[1]

    @property
    def f1(self):
        """Harmonic mean of precision and recall, shape (10,); 0 if both are 0."""
        return self._scores()[2]

    @property
    def macro_precision(self):
        """Plain mean over the digits that occur among labels or predictions, as are the next two."""
        return float(self._scores("macro")[0])

    @property
    def macro_recall(self):
        """Mean recall, each digit counting alike however common it is."""
        return float(self._scores("macro")[1])

    @property
    def macro_f1(self):
        """Mean of the F1 of each digit."""
        return float(self._scores("macro")[2])

    @property
    def calibration_error(self):
        """Expected calibration error, 0 to 1, from ten bins; see ``calibration``."""
        return calibration(self.probabilities, self.labels).error

    def _scores(self, average=None):
        from sklearn.metrics import precision_recall_fscore_support

        digits = range(10) if average is None else None
        return precision_recall_fscore_support(
            self.labels, self.predictions, labels=digits, average=average, zero_division=0
        )[:3]

    def rows(self):
        """Return one row of text a digit, then their mean: digit, count, precision, recall, F1, often taken for."""
        confusion, rows = self.confusion, []
        for digit, scores in enumerate(zip(*self._scores(), strict=True)):
            taken_for = confusion[digit] * (np.arange(10) != digit)
            often = f"{taken_for.argmax()} ({taken_for.max()})" if taken_for.any() else "–"
            rows.append([f"{digit}", f"{confusion[digit].sum():,}", *(f"{score:.1%}" for score in scores), often])
        macro = (f"{score:.1%}" for score in self._scores("macro"))
        return rows + [["mean", f"{self.count:,}", *macro, ""]]

    def summary(self):
        """Return one line: accuracy and its interval, loss, calibration error, wrong answers."""
        low, high = self.interval
        return (
            f"{self.model_name}: accuracy {self.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}), "
            f"loss {self.loss:.4f}, calibration error {self.calibration_error:.2%}, "
            f"{(~self.right).sum():,} of {self.count:,} wrong"
        )

    def __str__(self):
        return (
            f"{self.model_name}: accuracy {self.accuracy:.2%}, loss {self.loss:.4f}, "
            f"{(~self.right).sum()} of {self.count} wrong"
        )

    def __repr__(self):
        head = ["digit", "count", "precision", "recall", "F1", "often taken for"]
        rows = [head, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([self.summary(), *lines])

    def _repr_html_(self):
        from html import escape

        head = "".join(f"<th>{w}</th>" for w in ("digit", "count", "precision", "recall", "F1", "often taken for"))
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in self.rows())
        return f"<p>{escape(self.summary())}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def evaluate(model, split):
    """Measure a model on one set of labelled digits.

    Parameters
    ----------
    model : keras.Model
        Takes pixels, 0 to 255, shape (N, 28, 28); returns logits, shape (N, 10).
    split : Split
        ``data.validation`` to choose by; ``data.test`` once, at the end.

    Returns
    -------
    Report
    """
    logits = _logits(model, split.images)
    probabilities, losses = _softmax_and_loss(logits, split.labels)
    return Report(model.name, split.labels, probabilities, float(losses.mean()), logits)


def predict(model, images):
    """Return each digit's probability for each image.

    Parameters
    ----------
    model : keras.Model
        Takes pixels, 0 to 255, shape (N, 28, 28); returns logits, shape (N, 10).
    images : array of uint8 or float, shape (N, 28, 28) or (28, 28)
        Pixels from 0 to 255. One image alone gives one row.

    Returns
    -------
    array of float32, shape (N, 10)
        Each row adds up to 1.

    Raises
    ------
    ValueError
        If ``images`` has another shape.
    """
    return _softmax_and_loss(_logits(model, as_images(images)))[0]


def as_images(images):
    """Return images as an array of shape (N, 28, 28); one image alone, shape (28, 28), becomes a row."""
    images = np.asarray(images)
    if images.shape == (28, 28):
        images = images[None]
    if images.shape[1:] != (28, 28):
        raise ValueError(f"images has shape {images.shape}; expected (N, 28, 28), or (28, 28) for one image.")
    return images


def accuracy_interval(right, count, confidence=0.95):
    """Return Wilson's confidence interval for an accuracy [1]_.

    Built by hand in notebook 04, cell ``wilson-by-hand``.

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


class McNemar(NamedTuple):
    """Where two models disagree, and how likely chance alone would disagree as unevenly."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(labels, first, second):
    """Compare two models' predictions on the same digits: McNemar's test [1]_ in its exact form.

    Only the digits count that one model alone reads rightly. If the models are equally good, each such
    digit is a fair coin. Built by hand in notebook 04, cell ``coins``.

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

    Built by hand in notebook 04, cell ``calibration-by-hand``.

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
    probabilities, labels = _checked("probabilities", probabilities, labels)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1, such as 10.")
    confidence, right = _confidence_and_right(probabilities, labels)
    which = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):  # an empty bin has no mean: nan
        means = (np.bincount(which, weights=values, minlength=bins) / count for values in (confidence, right))
        return Calibration(*means, count)


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
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}; expected a number above 0.")
    return _softmax_and_loss(np.asarray(logits) / np.float32(temperature))[0]


def find_temperature(logits, labels):
    """Find the temperature that makes the loss smallest [1]_.

    Built by hand in notebook 04, cell ``temperature-by-hand``.

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

    logits, labels = _checked("logits", logits, labels)
    logits = logits.astype(np.float64)

    def loss(log_temperature):
        return _softmax_and_loss(logits / np.exp(log_temperature), labels)[1].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-np.log(20), np.log(20)), method="bounded").x))


class Coverage(NamedTuple):
    """What a model that may stay silent achieves: one entry for each confidence that it could ask for."""

    coverage: np.ndarray
    accuracy: np.ndarray
    threshold: np.ndarray


def coverage(probabilities, labels):
    """Let a model answer only where it is sure enough: accuracy against the share that it answers [1]_.

    Built by hand in notebook 04, cell ``coverage-by-hand``.

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
    probabilities, labels = _checked("probabilities", probabilities, labels)
    confidence, right = _confidence_and_right(probabilities, labels)
    order = np.argsort(-confidence, kind="stable")
    confidence, right = confidence[order], np.cumsum(right[order])
    last = np.flatnonzero(np.append(confidence[1:] != confidence[:-1], True))  # the last of each run of ties
    return Coverage((last + 1) / len(labels), right[last] / (last + 1), confidence[last])


def _confidence_and_right(probabilities, labels):
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels


def _checked(name, rows, labels):
    rows, labels = np.asarray(rows), np.asarray(labels)
    if rows.ndim != 2 or labels.shape != rows.shape[:1] or rows.size == 0:
        raise ValueError(
            f"{name} has shape {rows.shape} and labels {labels.shape}; expected (N, 10) and (N,), with N of at least 1."
        )
    return rows, labels


def _logits(model, images, batch_size=500):
    # In batches, so that memory stays small; called directly, since model.predict sets up more than it saves here.
    def answer(start):
        return model(images[start : start + batch_size], training=False).numpy()

    if len(images) == 0:
        return np.empty((0, 10), np.float32)
    with ThreadPoolExecutor(2) as pool:  # side by side, as in ``train``; the first alone, since it may build the model
        return np.concatenate([answer(0), *pool.map(answer, range(batch_size, len(images), batch_size))])


def _softmax_and_loss(logits, labels=None):
    """Softmax of each row and, given labels, each row's cross-entropy (log-sum-exp form, never log 0)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    probabilities = np.exp(shifted) / sums
    if labels is None:
        return probabilities, None
    return probabilities, np.log(sums[:, 0]) - shifted[np.arange(len(labels)), labels]
