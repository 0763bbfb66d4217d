"""How good is a model? Its answers on one set of digits, and what follows from them.

Each measure is built by hand in notebooks 08 and 09; what scikit-learn and SciPy have is called here, not rewritten.
"""

import html
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mnist_lib.numerics.scores import accuracy_interval, as_images, calibration, cross_entropy, softmax
from mnist_lib.runtime import html_table, text_table

HEAD = "digit", "count", "precision", "recall", "F1", "often taken for"


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
        return f"{self.summary()}\n{text_table(HEAD, self.rows())}"

    def _repr_html_(self):
        return f"<p>{html.escape(self.summary())}</p>{html_table(HEAD, self.rows())}"


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
    outputs = logits(model, split.images)
    loss = float(cross_entropy(outputs, split.labels).mean())
    return Report(model.name, split.labels, softmax(outputs), loss, outputs)


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
    return softmax(logits(model, as_images(images)))


def logits(model, images, *, training=False, batch_size=250):
    """Return what a model answers to images, in batches, so that memory stays small: array, shape (N, 10)."""

    # Called directly, since model.predict sets up more than it saves here.
    def answer(start):
        return np.asarray(model(images[start : start + batch_size], training=training))

    if len(images) == 0:
        return np.empty((0, 10), np.float32)
    with ThreadPoolExecutor(2) as pool:  # side by side, as in ``train``; the first alone, since it may build the model
        return np.concatenate([answer(0), *pool.map(answer, range(batch_size, len(images), batch_size))])
