"""The shipped reader: a small network that reads a picture of a digit, offline and at once."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from mnist_lib.handwriting.digit import Prepared, prepare
from mnist_lib.handwriting.remarks import NO_DIGIT, SEVERAL, HandwritingError, doubtful, percent, unsure
from mnist_lib.numerics.scores import softmax
from mnist_lib.runtime import cores, quiet_start, write_whole
from mnist_lib.saving import model_files

WEIGHTS = Path(__file__).with_name("reader.npz")
CARD = Path(__file__).with_name("reader.json")
NOT_A_DIGIT = 10  # the eleventh class
REFUSED_ABOVE = 0.85  # probability of that class, above which no digit is told
SURE_FROM = 0.93  # probability of a digit, below which the writer is told what else it could be


def build():
    """Build the reader's network, untrained.

    Two 5x5 convolutions, each followed by pooling, batch normalisation [1]_ and ReLU, and a dense layer in the
    same way. The outer two rows and columns, almost always empty, are cut away.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 11) logits: ten digits, and "not a digit"; 285,755 parameters.

    References
    ----------
    .. [1] S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal
       covariate shift", ICML 2015.
    """
    with quiet_start():
        import keras
        from keras import layers

    from mnist_lib.numerics.fused import FusedBatchNormalization

    def normalized(*linear):
        return [*linear, FusedBatchNormalization(momentum=0.9), layers.ReLU()]

    convolutions = [
        *normalized(layers.Conv2D(48, 5, use_bias=False), layers.MaxPooling2D(2)),
        *normalized(layers.Conv2D(96, 5, use_bias=False), layers.MaxPooling2D(2)),
    ]
    hidden = normalized(layers.Dense(192, use_bias=False))
    entry = [keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Reshape((28, 28, 1)), layers.Cropping2D(2)]
    head = [layers.Flatten(), layers.Dropout(0.3), *hidden, layers.Dropout(0.3), layers.Dense(NOT_A_DIGIT + 1)]
    return keras.Sequential([*entry, *convolutions, *head], name="normalized_cnn")


def save_weights(model, path):
    """Write a model's weights as a plain .npz file, in half precision: whole, or not at all."""
    content = io.BytesIO()
    arrays = {f"{i:02d}": weights.astype(np.float16) for i, weights in enumerate(model.get_weights())}
    np.savez_compressed(content, **arrays)
    write_whole(path, content.getvalue())


@dataclass(frozen=True)
class Reading:
    """What the reader says about a picture.

    Attributes
    ----------
    digit : int or None
        0 to 9; None if the picture shows no digit, or several that could be meant.
    probability : float
        Of that digit, 0 to 1; 0 without a digit.
    probabilities : array of float, shape (10,)
        Of each digit, if it is one; they add up to 1. All 0.1 where there was nothing to read.
    warnings : tuple of Remark
        What was wrong with the picture, with a remedy for each.
    prepared : Prepared
        The picture in MNIST's form, and all stages on the way.
    """

    digit: int | None
    probability: float
    probabilities: np.ndarray = field(repr=False)
    warnings: tuple = ()
    prepared: Prepared = field(default=None, repr=False)

    def __str__(self):
        said = "no digit" if self.digit is None else f"{self.digit}  {percent(self.probability)}"
        return "\n".join([said, *(f"  {remark}" for remark in self.warnings)])


def read(picture, model=None):
    """Read the digit in a picture.

    Parameters
    ----------
    picture : path, bytes, binary file, PIL image, or array
        See ``handwriting.prepare``.
    model : keras.Model, optional
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits, or 11 with "not a digit" last; the shipped reader
        if left out.

    Returns
    -------
    Reading

    Raises
    ------
    HandwritingError
        If the picture cannot be opened.
    """
    reading = next(read_all([picture], model))
    if isinstance(reading, HandwritingError):
        raise reading
    return reading


def read_all(pictures, model=None, batch_size=64):
    """Read many pictures, in their order; one that cannot be opened does not stop the others.

    Parameters
    ----------
    pictures : iterable
        As ``read`` takes them.
    model : keras.Model, optional
        As for ``read``.
    batch_size : int
        Pictures that the model gets at once.

    Yields
    ------
    Reading or HandwritingError
        One for each picture.
    """
    pictures = iter(pictures)
    while batch := list(islice(pictures, batch_size)):
        prepared = _in_threads(_prepared, batch)
        images = [one.image for one in prepared if getattr(one, "image", None) is not None]
        rows = iter(softmax((model or load_reader())(np.stack(images), training=False)) if images else ())
        for one in prepared:
            if isinstance(one, HandwritingError):
                yield one
            elif one.image is None:
                yield Reading(None, 0.0, np.full(10, 0.1), one.warnings, one)
            else:
                yield judge(one, next(rows))


def judge(prepared, probabilities):
    """Turn a model's answer into a reading: is it a digit at all, and how sure is that?

    Parameters
    ----------
    prepared : Prepared
    probabilities : array of float, shape (10,) or (11,)
        They add up to 1; the eleventh is that of "not a digit".

    Returns
    -------
    Reading
    """
    strange = probabilities[NOT_A_DIGIT] if len(probabilities) > NOT_A_DIGIT else 0.0
    digits = probabilities[:10] / max(probabilities[:10].sum(), 1e-12)
    first, second = (int(i) for i in np.argsort(digits)[-2:][::-1])
    warnings = list(prepared.warnings)
    refused = strange > REFUSED_ABOVE
    if refused:
        warnings.append(SEVERAL if prepared.parts > 1 else NO_DIGIT)
    elif digits[first] * (1 - strange) < SURE_FROM and NO_DIGIT not in warnings:
        other = digits[second] * (1 - strange)
        warnings.append(
            doubtful(first, strange) if strange > other else unsure((first, digits[first]), (second, digits[second]))
        )
    warnings = tuple(dict.fromkeys(warnings))
    if refused or prepared.rivals or NO_DIGIT in warnings:
        return Reading(None, 0.0, digits, warnings, prepared)
    return Reading(first, float(digits[first]), digits, warnings, prepared)


def _in_threads(function, items):
    if len(items) < 4:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(4, cores())) as pool:
        return list(pool.map(function, items))


def _prepared(picture):
    try:
        return prepare(picture)
    except HandwritingError as error:
        return error


@lru_cache(maxsize=2)
def load_reader(weights=WEIGHTS):
    """Load the shipped reader; the weights are read once, the same model is returned each time.

    Parameters
    ----------
    weights : path
        A file that ``save_weights`` wrote.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 11) logits: ten digits, and "not a digit".
    """
    model = build()
    with np.load(weights, allow_pickle=False) as arrays:
        model.set_weights([arrays[name].astype(np.float32) for name in sorted(arrays.files)])
    return model


def load_own_model(path):
    """Load a model of the learner's own in the reader's place, without running any code that its file may hold.

    Parameters
    ----------
    path : path
        A model that was saved with ``model.save("name.keras")``.

    Returns
    -------
    keras.Model

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If it cannot be loaded safely; see ``saving.model_files.load_model``.
    ValueError
        If it does not take (N, 28, 28) pixels to (N, 10) or (N, 11) logits.
    """
    with quiet_start():
        model = model_files.load_model(path)
    _check_model(model, path)
    return model


def _check_model(model, path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.float32)
    try:
        answer = np.asarray(model(noise, training=False))
    except Exception as error:
        raise ValueError(
            f"The model {path} does not take images of shape (N, 28, 28); its input is {model.input_shape}.\n"
            "Let it start with keras.Input((28, 28)), and reshape inside."
        ) from error
    if answer.shape not in ((3, 10), (3, 11)):
        raise ValueError(
            f"The model {path} returns shape {(None, *answer.shape[1:])}; expected (None, 10):\na logit for each digit."
        )
    if not np.isfinite(answer).all():
        raise ValueError(f"The model {path} returns NaN or infinite values. Train it again, with a smaller step.")
    if (answer >= 0).all() and np.allclose(answer.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"The model {path} returns probabilities; expected logits. Let its last layer have no activation."
        )
