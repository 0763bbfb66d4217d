"""What is wrong with this training? ``diagnose`` looks for the failures of notebook 10.

It knows a failure by its traces in a history, a model and its data. What leaves no trace there, such as a
test set used for choosing, or a missing seed, it cannot see.
"""

import html
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

NOTEBOOK = "10_when_training_breaks.ipynb"
LN10 = float(np.log(10))
FLOOR = float(np.log(1 + 9 / np.e))  # no loss is lower if softmax is taken twice: notebook 10, exhibit-softmax-twice
SPLITS = "train", "validation", "test"
MOST = 1000  # digits of a split that are shown to a model
STEP = 500  # of them at a time


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a short ``name``, a ``sentence`` with the value measured, the cell to read."""

    name: str
    sentence: str
    cell: str

    @property
    def link(self):
        """The exhibit of notebook 10, as a link from the notebooks' folder."""
        return f"{NOTEBOOK}#{self.cell}"

    def __str__(self):
        return f"{self.name}: {self.sentence} See {self.link}"


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What ``diagnose`` found: ``findings``, gravest first, and ``looked_at``, what it could look at."""

    findings: tuple[Finding, ...]
    looked_at: tuple[str, ...]

    @property
    def names(self):
        """The findings' short names, a tuple of str."""
        return tuple(finding.name for finding in self.findings)

    def _tail(self):
        return f"{'Looked' if self.findings else 'Nothing found. Looked'} at {'; '.join(self.looked_at)}."

    def __str__(self):
        return "\n".join([*map(str, self.findings), self._tail()])

    __repr__ = __str__

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td style='text-align: left'><a href='{finding.link}'>{html.escape(finding.name)}</a></td>"
            f"<td style='text-align: left'>{html.escape(finding.sentence)}</td></tr>"
            for finding in self.findings
        )
        return (f"<table>{rows}</table>" if rows else "") + f"<p>{html.escape(self._tail())}</p>"


def diagnose(history=None, model=None, data=None):
    """Look for the failures of notebook 10 in a training, a model and its data.

    Give what there is; more can be seen with all three. Nothing is trained and nothing is changed. It takes
    a second or two.

    Parameters
    ----------
    history : History, keras History or dict, optional
        Of ``train`` or of ``fit``: lists with one entry an epoch, "loss" at least.
    model : keras.Model, optional
        (N, 28, 28) pixels -> (N, 10) logits or probabilities.
    data : Data, optional
        Or anything with some of ``train``, ``validation`` and ``test``, each with images (N, 28, 28) and
        labels. They may be broken: that is what is looked for.

    Returns
    -------
    Diagnosis
        In a notebook it shows itself as a table with links. It says nothing of what it is not sure about.

    Raises
    ------
    ValueError
        If there is nothing to look at, or the model does not turn (N, 28, 28) into (N, 10).
    TypeError
        If ``history``, ``model`` or ``data`` is of no such kind.
    """
    losses, splits = _losses(history), _splits(data)
    if losses is None and model is None and not splits:
        raise ValueError("There is nothing to look at. Give diagnose() a history, a model or data.")
    looked_at, found = [], []
    if losses is not None:
        looked_at.append(f"the losses of {len(losses['loss'])} epoch{'s' * (len(losses['loss']) != 1)}")
    if splits:
        looked_at.append(
            f"pixels, labels and duplicates of {_and([f'{len(s.images):,} {s.name}' for s in splits])} images"
        )
        found += _look_at_data(splits)
    if model is not None:
        patient = _Patient(model, [s for s in splits if s.usable])
        answers = f" and its answers on up to {MOST:,} digits of a split" if patient.splits else ""
        looked_at.append(f"the model's weights{answers}")
        found += _look_at_model(patient, losses)
    if losses is not None:
        found += _look_at_losses(losses)
    return Diagnosis(_once(found), tuple(looked_at))


def _once(findings):
    """Each name once, the gravest first. What another finding explains is left out."""
    grave = "nan", "labels", "pixels", "leak", "softmax twice", "zeros", "dead", "mode"
    vague = "stuck", "constant", "rate too low"
    by_name = {}
    for finding in findings:
        by_name.setdefault(finding.name, finding)
    if any(name in grave and name != "leak" for name in by_name):
        by_name = {name: finding for name, finding in by_name.items() if name not in vague}
    if "zeros" in by_name:
        by_name.pop("dead", None)
    order = (*grave, "rate too high", "overfitting", *vague)
    return tuple(sorted(by_name.values(), key=lambda finding: order.index(finding.name)))


def _and(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


# ---- the history


def _losses(history):
    """Return {"loss": [...], "validation": [...]} of any kind of history; None for none."""
    if history is None:
        return None
    record = getattr(history, "history", history)
    read = record.get if isinstance(record, dict) else lambda name: getattr(record, name, None)
    loss, validation = read("loss"), read("validation_loss") or read("val_loss") or []
    try:
        loss, validation = ([float(value) for value in values] for values in (loss, validation))
    except (TypeError, ValueError):
        raise TypeError(
            f"history is a {type(history).__name__} without a list of losses. Give what train() or fit() returned."
        ) from None
    return {"loss": loss, "validation": validation} if loss else None


def _look_at_losses(losses):
    loss, validation = losses["loss"], losses["validation"]
    for name, values in (("loss", loss), ("validation loss", validation)):
        if not np.isfinite(values).all():
            epoch = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            yield Finding("nan", f"The {name} is {values[epoch - 1]} in epoch {epoch}.", "exhibit-nan")
            return
    low = min(loss)
    if loss[0] > 5:
        yield Finding(
            "rate too high",
            f"The first epoch's mean loss is {loss[0]:.1f}, far above ln 10 = {LN10:.2f}, where guessing starts.",
            "exhibit-rate",
        )
    elif loss[-1] > 1.5 * low + 0.1:
        yield Finding(
            "rate too high",
            f"The training loss rose from {low:.3f} to {loss[-1]:.3f}; steps downhill should lower it.",
            "exhibit-rate",
        )
    elif len(loss) > 1 and max(abs(value - LN10) for value in loss) < 0.03:
        yield Finding(
            "stuck",
            f"The loss went from {loss[0]:.3f} to {loss[-1]:.3f}, and ln 10 = {LN10:.3f} is guessing: "
            "nothing was learned, or the steps are far too small.",
            "exhibit-rate",
        )
    elif len(loss) > 2 and loss[-1] > 1.5 and (np.diff(loss) < 0).all():
        yield Finding(
            "rate too low",
            f"After {len(loss)} epochs the training loss is {loss[-1]:.2f} and still falling: "
            "take longer steps, or more of them.",
            "exhibit-rate",
        )
    yield from _overfitting(loss, validation)


def _overfitting(loss, validation):
    if len(validation) != len(loss) or len(loss) < 3:
        return
    best = int(np.argmin(validation))
    rose = validation[-1] > 1.15 * validation[best] and validation[-1] - validation[best] > 0.04
    if rose and loss[-1] < 0.6 * loss[best] and loss[-1] < 0.5 * validation[-1]:
        yield Finding(
            "overfitting",
            f"Since epoch {best + 1} the validation loss rose from {validation[best]:.3f} to {validation[-1]:.3f}, "
            f"while the training loss fell from {loss[best]:.3f} to {loss[-1]:.3f}.",
            "exhibit-overfit",
        )


# ---- the data


class _Split:
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
        labels = self.labels
        if labels.shape == (len(self.images), 1):
            labels = labels[:, 0]
        elif labels.shape == (len(self.images), 10):
            labels = labels.argmax(axis=1)
        whole = labels.dtype.kind in "buif" and labels.shape == (len(self.images),) and (labels == labels.round()).all()
        return labels.astype(int) if whole and labels.min() >= 0 and labels.max() <= 9 else None

    @property
    def usable(self):
        """Whether a model's answers can be compared with the labels."""
        return self.classes is not None and bool(np.isfinite(self.images[:MOST]).all())

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
        rows = self.images[: 2 * MOST].reshape(len(self.images[: 2 * MOST]), -1).astype(np.float32)
        rows = rows - rows.mean(axis=1, keepdims=True)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def _splits(data):
    if data is None:
        return []
    splits = [_Split(name, split) for name in SPLITS if (split := getattr(data, name, None)) is not None]
    if not splits:
        raise TypeError(f"data is a {type(data).__name__}; it must have train, validation or test.")
    return splits


def _look_at_data(splits):
    for split in splits:
        if not np.isfinite(split.images).all():
            yield Finding("nan", f"Some pixels of the {split.name} images are NaN or infinite.", "exhibit-nan")
            return
        yield from _labels_form(split)
    pixels = [*_pixels(splits)]
    yield from pixels
    if not pixels:
        yield from _agreement(splits)
    yield from _leaks(splits)


def _labels_form(split):
    shape, count = split.labels.shape, len(split.images)
    if shape == (count,) and split.classes is None:
        values = (
            f"from {split.labels.min()} to {split.labels.max()}" if split.labels.dtype.kind in "buif" else "no numbers"
        )
        said = f"The {split.name} labels are {values}; digits are whole numbers from 0 to 9."
    elif shape == (count, 10):
        said = (
            f"The {split.name} labels are one-hot rows, shape {shape}; a sparse loss wants class numbers, ({count},)."
        )
    elif shape == (count, 1):
        said = (
            f"The {split.name} labels are a column, shape {shape}: compared with ({count},) predictions "
            "it makes a square. Use labels[:, 0]."
        )
    elif shape != (count,):
        said = f"The {split.name} split has {count} images, but labels of shape {shape}."
    else:
        return
    yield Finding("labels", said, "exhibit-labels")


def _pixels(splits):
    """Splits on different scales, negatives among them, and what ``1 - image`` leaves of bytes."""
    for split in splits:
        values, counts = np.unique(split.images[:MOST], return_counts=True)
        if split.images.dtype == np.uint8 and (paper := values[counts.argmax()]) in (1, 2):
            said = f"The commonest pixel of the {split.name} images is {paper}. Paper is 0: was it 1 - image, in bytes?"
            yield Finding("pixels", said, "exhibit-pixels")
    first = splits[0]
    for other in splits[1:]:
        low, high = sorted((first, other), key=lambda split: split.top)
        if high.top > 10 * max(low.top, 1e-9):
            said = f"The {low.name} pixels go up to {low.top:g}, the {high.name} pixels up to {high.top:g}."
            yield Finding("pixels", said, "exhibit-pixels")
        elif abs(first.darkness - other.darkness) > 0.3:
            said = (
                f"The mean pixel is {first.darkness:.0%} of the range in {first.name}, {other.darkness:.0%} in "
                f"{other.name}: one of them looks like the negative of the other."
            )
            yield Finding("pixels", said, "exhibit-pixels")


def _agreement(splits):
    """Whether labels belong to their images: nearest means, of one half of the training digits, read the rest."""
    train = splits[0]
    if train.name != "train" or train.classes is None or len(train.images) < 100:
        return
    rows, labels = train.features(), train.classes[: 2 * MOST]
    half = len(rows) // 2
    means = np.stack([rows[:half][labels[:half] == k].sum(axis=0) for k in range(10)])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)

    def agree(rows, labels):
        return float(((rows @ means.T).argmax(axis=1) == labels).mean())

    own = agree(rows[half:], labels[half:])
    if own < 0.4:
        said = f"Nearest means of half the training digits agree with only {own:.0%} of the other half's labels"
        yield Finding("labels", f"{said}: do the labels belong to the images?", "exhibit-labels")
        return
    for split in splits[1:]:
        if split.classes is not None and len(split.images) >= 50:
            share = agree(split.features(), split.classes[: 2 * MOST])
            if share < 0.4 and share < 0.6 * own:
                said = (
                    f"Nearest means agree with {own:.0%} of the training labels, but with only {share:.0%} of the "
                    f"{split.name} labels: do these belong to their images?"
                )
                yield Finding("labels", said, "exhibit-labels")


def _leaks(splits):
    """Images of one split that are in another, pixel for pixel."""
    prints = [Counter(hash(image.tobytes()) for image in split.as_bytes()) for split in splits]
    for j, other in enumerate(splits):
        for i, split in enumerate(splits[:j]):
            if both := prints[i].keys() & prints[j].keys():
                copies = sum(prints[j][print] for print in both)
                said = (
                    f"{copies:,} of the {len(other.images):,} {other.name} images ({copies / len(other.images):.1%}) "
                    f"are among the {split.name} images, pixel for pixel."
                )
                yield Finding("leak", said, "exhibit-leak")


# ---- the model


class _Patient:
    """A model and what it answers, each computed once."""

    def __init__(self, model, splits):
        import keras

        if not isinstance(model, keras.Model):
            raise TypeError(f"model is a {type(model).__name__}; expected a keras.Model.")
        self.model, self.splits = model, splits
        self.answers = {split.name: _answers(model, split.images[:MOST]) for split in splits}

    @cached_property
    def layers(self):
        """All layers that compute something, those of inner models too."""
        import keras

        def walk(model):
            for layer in model.layers:
                yield from walk(layer) if isinstance(layer, keras.Model) else [layer]

        return [*walk(self.model)]

    def score(self, split, factor=1):
        """Return accuracy and mean loss on a split whose pixels are multiplied by ``factor``."""
        if factor == 1:
            outputs = self.answers[split.name]
        else:
            outputs = _answers(self.model, split.images[:MOST].astype(np.float32) * np.float32(factor))
        labels = split.classes[:MOST]
        if _are_probabilities(outputs):
            outputs = np.log(np.maximum(outputs, 1e-30))
        top = outputs.max(axis=1, keepdims=True)
        log_p = outputs - top - np.log(np.exp(outputs - top).sum(axis=1, keepdims=True))
        return float((outputs.argmax(axis=1) == labels).mean()), float(-log_p[np.arange(len(labels)), labels].mean())


def _answers(model, images):
    """Return the model's outputs for images, float64, shape (N, 10)."""
    # Called as a user would, without training=False, which hides a training mode that was left on.
    try:
        outputs = [np.asarray(model(images[i : i + STEP])) for i in range(0, len(images), STEP)]
    except Exception as problem:
        why = " ".join(str(problem).split())[:120]
        raise ValueError(f"The model cannot read images of shape {images.shape}: {why}") from problem
    outputs = np.concatenate(outputs).astype(np.float64)
    if outputs.shape != (len(images), 10):
        raise ValueError(
            f"The model turns {images.shape} into {outputs.shape}; expected {(len(images), 10)}, one for each digit."
        )
    return outputs


def _are_probabilities(outputs):
    return bool((outputs >= 0).all() and (outputs <= 1.001).all() and (abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def _look_at_model(patient, losses):
    if broken := [w.path for w in patient.model.weights if not np.isfinite(np.asarray(w)).all()]:
        said = f"{len(broken)} of the model's {len(patient.model.weights)} arrays of weights hold NaN or infinity"
        yield Finding("nan", f"{said}, {broken[0]} first.", "exhibit-nan")
        return
    yield from _equal_units(patient)
    for split in patient.splits:
        if not np.isfinite(patient.answers[split.name]).all():
            yield Finding("nan", f"Some of the model's answers to {split.name} digits are NaN.", "exhibit-nan")
            return
    if patient.splits:
        mode = [*_training_mode(patient)]
        yield from mode
        yield from _softmax_twice(patient, losses)
        yield from _dead_units(patient)
        yield from _constant(patient)
        if not mode:
            yield from _scale(patient)


def _equal_units(patient):
    """Hidden layers whose units are all alike: they started alike, and alike they stay."""
    kernels = [(layer.name, np.asarray(layer.kernel)) for layer in patient.layers if hasattr(layer, "kernel")]
    for name, kernel in kernels[:-1]:  # the ten units of the last layer may start alike
        columns = kernel.reshape(-1, kernel.shape[-1])
        if columns.shape[1] > 1 and np.ptp(columns, axis=1).max() <= 1e-4 * abs(columns).max():
            what = "zero" if not columns.any() else "equal"
            said = f"All {columns.shape[1]} units of layer {name} have the same weights ({what}), so they are one unit."
            yield Finding("zeros", said, "exhibit-zeros")
            return


def _training_mode(patient):
    """Answers that change when asked again, or when asked alone."""
    images, answers = patient.splits[0].images[:MOST], patient.answers[patient.splits[0].name]
    again, alone = _answers(patient.model, images[:STEP]), _answers(patient.model, images[:1])
    slack = 1e-3 * max(abs(answers).max(), 1e-6)
    changed = (abs(again - answers[:STEP]) > slack).any(axis=1)
    if changed.any():
        said = f"Asked twice, the model gives different answers to {changed.mean():.0%} of the digits"
        yield Finding("mode", f"{said}: is dropout at work while predicting?", "exhibit-mode")
    elif len(images) > 1 and abs(alone[0] - answers[0]).max() > slack:
        said = f"A digit's answer changes by up to {abs(alone[0] - answers[0]).max():.2f} when it is asked alone"
        yield Finding("mode", f"{said}: does batch normalisation use the batch while predicting?", "exhibit-mode")


def _softmax_twice(patient, losses):
    if not all(map(_are_probabilities, patient.answers.values())):
        return
    if losses is not None:
        twice = min(losses["loss"]) > FLOOR - 0.001 and len(losses["loss"]) > 1
        measured = f", and no loss is below {min(losses['loss']):.3f}"
    else:  # compiled with a loss that wants probabilities, all is well
        compiled = getattr(patient.model, "loss", None)
        twice, measured = compiled is None or getattr(compiled, "from_logits", False), ""
    accuracy, own_loss = patient.score(patient.splits[0])
    if twice and (losses is None or own_loss < min(losses["loss"]) - 0.1):
        said = (
            f"The model's ten answers are probabilities already{measured}. A loss that expects logits takes "
            f"softmax again and cannot fall below ln(1 + 9/e) = {FLOOR:.3f}."
        )
        yield Finding("softmax twice", said, "exhibit-softmax-twice")


def _dead_units(patient):
    """ReLUs that are off for every digit."""
    import keras

    relus = [
        layer
        for layer in getattr(patient.model, "layers", [])
        if isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu
    ]
    try:
        inside = keras.Model(patient.model.inputs[0], [layer.output for layer in relus]) if relus else None
    except Exception:  # a model without a graph of layers keeps its inside to itself
        return
    if inside is None:
        return
    images = patient.splits[0].images[:STEP]
    outputs = inside(images, training=False)
    for layer, output in zip(relus, outputs if isinstance(outputs, (list, tuple)) else [outputs], strict=True):
        output = np.asarray(output)
        dead = ~(output.reshape(-1, output.shape[-1]) > 0).any(axis=0)
        if len(dead) >= 8 and dead.mean() > 0.5:
            said = (
                f"{dead.sum()} of the {len(dead)} units of layer {layer.name} are 0 for each of {len(images)} digits."
            )
            yield Finding("dead", said, "exhibit-dead")
            return


def _constant(patient):
    for split in patient.splits:
        answers = patient.answers[split.name].argmax(axis=1)
        if len(answers) >= 50 and len(np.unique(split.classes[:MOST])) >= 5 and np.ptp(answers) == 0:
            said = f"The model calls each of {len(answers):,} {split.name} digits a {answers[0]}."
            yield Finding("constant", said, "checklist")
            return


def _scale(patient):
    """A split that the model reads much better with its pixels divided or multiplied by 255."""
    for split in patient.splits:
        factor, words = (255, "multiplied") if split.top <= 1 else (1 / 255, "divided")
        accuracy, loss = patient.score(split)
        other, other_loss = patient.score(split, factor)
        better = other > accuracy + 0.1 or (
            other > accuracy - 0.02 and loss > 3 * other_loss and loss > other_loss + 0.5
        )
        if other > 0.4 and better:
            said = (
                f"The {split.name} pixels go up to {split.top:g}: {accuracy:.0%} right, with a loss of {loss:.2f}. "
                f"With pixels {words} by 255: {other:.0%}, and {other_loss:.2f}."
            )
            yield Finding("pixels", said, "exhibit-pixels")
            return
