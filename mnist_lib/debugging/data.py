"""What pixels and labels show. A finding is a name and a sentence."""

from collections import Counter
from functools import cached_property

import numpy as np

MEANS = 2000  # digits of a split whose labels are compared with nearest means


class Part:
    """A split that may be broken: images and labels as they are, and class numbers if they can be had."""

    def __init__(self, name, split):
        self.name = name
        try:
            self.images, self.labels = np.asarray(split.images), np.asarray(split.labels)
        except AttributeError:
            raise TypeError(f"data.{name} is a {type(split).__name__}; it must have images and labels.") from None
        if self.images.ndim != 3 or self.images.dtype.kind not in "buif" or not len(self.images):
            raise ValueError(
                f"data.{name}.images has shape {self.images.shape} and type {self.images.dtype}; "
                "expected numbers, (N, 28, 28), with N of at least 1."
            )

    @cached_property
    def classes(self):
        """Class numbers (N,), read from columns and one-hot rows too; None if there are none."""
        labels, count = self.labels, len(self.images)
        if labels.shape == (count, 1):
            labels = labels[:, 0]
        elif labels.shape == (count, 10):
            labels = labels.argmax(axis=1)
        whole = labels.dtype.kind in "buif" and labels.shape == (count,) and (labels == labels.round()).all()
        return labels.astype(int) if whole and labels.min() >= 0 and labels.max() <= 9 else None

    @property
    def usable(self):
        """Whether a model's answers can be compared with the labels."""
        return self.classes is not None and bool(np.isfinite(self.images[:1000]).all())

    @cached_property
    def top(self):
        """The largest pixel."""
        return float(self.images.max())

    @cached_property
    def darkness(self):
        """The mean pixel, as a share of the range: about 0.13 for MNIST, 0.87 for its negative."""
        low = float(self.images.min())
        return (float(self.images.mean(dtype=np.float64)) - low) / ((self.top - low) or 1)

    def as_bytes(self):
        """The images as bytes, 0 to 255, since a copy may have been divided by 255."""
        if self.images.dtype == np.uint8 and self.top > 1:
            return self.images
        return np.rint(255 * (self.images.astype(np.float32) / (self.top or 1))).astype(np.uint8)

    def features(self):
        """Each image less its mean and of length 1, so that scale and brightness do not matter; (N, 784)."""
        some = self.images[:MEANS]
        rows = some.reshape(len(some), -1).astype(np.float32)
        return _unit(rows - rows.mean(axis=1, keepdims=True))


def _unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def parts_of(data):
    """Return the splits that there are, as a list of ``Part``."""
    names = "train", "validation", "test"
    parts = [Part(name, split) for name in names if (split := getattr(data, name, None)) is not None]
    if data is not None and not parts:
        raise TypeError(f"data is a {type(data).__name__}; it must have train, validation or test.")
    return parts


def look_at_data(parts):
    """Yield what is wrong with the pixels, the labels and the splits."""
    for part in parts:
        if not np.isfinite(part.images).all():
            yield "nan", f"Some pixels of the {part.name} images are NaN or infinite."
            return
        if said := _labels_form(part):
            yield "labels", said
    pixels = [("pixels", said) for said in _pixels(parts)]
    yield from pixels or (("labels", said) for said in _agreement(parts))
    yield from (("leak", said) for said in _leaks(parts))


def _labels_form(part):
    labels, count = part.labels, len(part.images)
    if labels.shape == (count,) and part.classes is None:
        values = f"from {labels.min()} to {labels.max()}" if labels.dtype.kind in "buif" else "no numbers"
        return f"The {part.name} labels are {values}; digits are whole numbers from 0 to 9."
    if labels.shape == (count, 10):
        said = f"The {part.name} labels are one-hot rows, shape {labels.shape}"
        return f"{said}; a sparse loss wants class numbers, ({count},)."
    if labels.shape == (count, 1):
        said = f"The {part.name} labels are a column, shape {labels.shape}: compared with ({count},) predictions"
        return f"{said} it makes a square. Use labels[:, 0]."
    if labels.shape != (count,):
        return f"The {part.name} split has {count} images, but labels of shape {labels.shape}."


def _pixels(parts):
    """Splits on different scales, negatives among them, and what ``1 - image`` leaves of bytes."""
    for part in parts:
        values, counts = np.unique(part.images[:1000], return_counts=True)
        if part.images.dtype == np.uint8 and (paper := values[counts.argmax()]) in (1, 2):
            yield f"The commonest pixel of the {part.name} images is {paper}. Paper is 0: was it 1 - image, in bytes?"
    first = parts[0]
    for other in parts[1:]:
        low, high = sorted((first, other), key=lambda part: part.top)
        if high.top > 10 * max(low.top, 1e-9):
            yield f"The {low.name} pixels go up to {low.top:g}, the {high.name} pixels up to {high.top:g}."
        elif abs(first.darkness - other.darkness) > 0.3:
            yield (
                f"The mean pixel is {first.darkness:.0%} of the range in {first.name}, {other.darkness:.0%} in "
                f"{other.name}: one of them looks like the negative of the other."
            )


def _agreement(parts):
    """Whether labels belong to their images: nearest means, of one half of the training digits, read the rest."""
    train = parts[0]
    if train.name != "train" or train.classes is None or len(train.images) < 100:
        return
    rows, labels = train.features(), train.classes[:MEANS]
    half = len(rows) // 2
    means = _unit(np.stack([rows[:half][labels[:half] == k].sum(axis=0) for k in range(10)]))

    def agree(rows, labels):
        return float(((rows @ means.T).argmax(axis=1) == labels).mean())

    own = agree(rows[half:], labels[half:])
    if own < 0.4:
        said = f"Nearest means of half the training digits agree with only {own:.0%} of the other half's labels"
        yield f"{said}: do the labels belong to the images?"
        return
    for part in parts[1:]:
        if part.classes is not None and len(part.images) >= 50:
            share = agree(part.features(), part.classes[:MEANS])
            if share < 0.4 and share < 0.6 * own:
                yield (
                    f"Nearest means agree with {own:.0%} of the training labels, but with only {share:.0%} of the "
                    f"{part.name} labels: do these belong to their images?"
                )


def _leaks(parts):
    """Images of one split that are in another, pixel for pixel."""
    prints = [Counter(hash(image.tobytes()) for image in part.as_bytes()) for part in parts]
    for j, other in enumerate(parts):
        for i, part in enumerate(parts[:j]):
            if both := prints[i].keys() & prints[j].keys():
                copies, count = sum(prints[j][print] for print in both), len(other.images)
                yield (
                    f"{copies:,} of the {count:,} {other.name} images ({copies / count:.1%}) "
                    f"are among the {part.name} images, pixel for pixel."
                )
