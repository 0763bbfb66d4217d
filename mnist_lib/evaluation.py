"""How good is a model? Its answers on one set of digits, and what follows from them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Report:
    """A model's answers on N labelled digits.

    Attributes
    ----------
    model_name : str
    labels : array of uint8, shape (N,)
        The right digits.
    probabilities : array of float32, shape (N, 10)
        Each row adds up to 1.
    loss : float
        Mean cross-entropy in nats, computed from the logits.
    """

    model_name: str
    labels: np.ndarray
    probabilities: np.ndarray
    loss: float

    @property
    def predictions(self):
        """The likeliest digit of each image, int, shape (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def accuracy(self):
        """Share of right predictions, 0 to 1."""
        return float((self.predictions == self.labels).mean())

    @property
    def confusion(self):
        """Counts, int, shape (10, 10): row = right digit, column = predicted digit."""
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(self.labels, self.predictions, labels=range(10))

    def __str__(self):
        return (
            f"{self.model_name}: accuracy {self.accuracy:.2%}, loss {self.loss:.4f}, "
            f"{(self.predictions != self.labels).sum()} of {len(self.labels)} wrong"
        )

    __repr__ = __str__


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
    return Report(model.name, split.labels, probabilities, float(losses.mean()))


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
    images = np.asarray(images)
    if images.shape == (28, 28):
        images = images[None]
    if images.shape[1:] != (28, 28):
        raise ValueError(f"images has shape {images.shape}; expected (N, 28, 28), or (28, 28) for one image.")
    return _softmax_and_loss(_logits(model, images))[0]


def _logits(model, images, batch_size=1000):
    # In batches, so that memory stays small; called directly, since model.predict sets up more than it saves here.
    starts = range(0, len(images), batch_size)
    parts = [model(images[i : i + batch_size], training=False).numpy() for i in starts]
    return np.concatenate(parts) if parts else np.empty((0, 10), np.float32)


def _softmax_and_loss(logits, labels=None):
    """Softmax of each row and, given labels, each row's cross-entropy (log-sum-exp form, never log 0)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    probabilities = np.exp(shifted) / sums
    if labels is None:
        return probabilities, None
    return probabilities, np.log(sums[:, 0]) - shifted[np.arange(len(labels)), labels]
