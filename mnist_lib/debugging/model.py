"""What a model's weights and answers show. A finding is a name and a sentence."""

from functools import cached_property

import numpy as np

from mnist_lib.evaluation import logits
from mnist_lib.numerics.scores import cross_entropy

FLOOR = float(np.log(1 + 9 / np.e))  # no loss is lower if softmax is taken twice: notebook 16, exhibit-softmax-twice
MOST = 1000  # digits of a split that are shown to a model
SOME = 500  # enough to look inside, or to ask again


class Patient:
    """A model and what it answers to each part of the data, computed once."""

    def __init__(self, model, parts):
        import keras

        if not isinstance(model, keras.Model):
            raise TypeError(f"model is a {type(model).__name__}; expected a keras.Model.")
        self.model, self.parts = model, parts
        self.answers = {part.name: self.answer(part.images[:MOST]) for part in parts}

    def answer(self, images):
        """Return the model's outputs for images, float64, shape (N, 10)."""
        # Called as a user would, without training=False, which hides a training mode that was left on.
        try:
            outputs = logits(self.model, images, training=None).astype(np.float64)
        except Exception as problem:
            why = " ".join(str(problem).split())[:120]
            raise ValueError(f"The model cannot read images of shape {images.shape}: {why}") from problem
        expected = (len(images), 10)
        if outputs.shape != expected:
            raise ValueError(
                f"The model turns {images.shape} into {outputs.shape}; expected {expected}, one for each digit."
            )
        return outputs

    @cached_property
    def layers(self):
        """All layers that compute something, those of inner models too."""
        import keras

        def walk(model):
            for layer in model.layers:
                yield from walk(layer) if isinstance(layer, keras.Model) else [layer]

        return [*walk(self.model)]

    def score(self, part, factor=1):
        """Return accuracy and mean loss on a part whose pixels are multiplied by ``factor``."""
        outputs, labels = self.answers[part.name], part.classes[:MOST]
        if factor != 1:
            outputs = self.answer(part.images[:MOST].astype(np.float32) * np.float32(factor))
        if _are_probabilities(outputs):
            outputs = np.log(np.maximum(outputs, 1e-30))
        return float((outputs.argmax(axis=1) == labels).mean()), float(cross_entropy(outputs, labels).mean())


def _are_probabilities(outputs):
    return bool((outputs >= 0).all() and (outputs <= 1.001).all() and (abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def look_at_model(patient, losses):
    """Yield what is wrong with a model; ``losses`` are those of its training, or None."""
    weights = patient.model.weights
    if broken := [w.path for w in weights if not np.isfinite(np.asarray(w)).all()]:
        said = f"{len(broken)} of the model's {len(weights)} arrays of weights hold NaN or infinity, {broken[0]} first."
        yield "nan", said
        return
    yield from _equal_units(patient)
    for name, answers in patient.answers.items():
        if not np.isfinite(answers).all():
            yield "nan", f"Some of the model's answers to {name} digits are NaN."
            return
    if patient.parts:
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
            yield "zeros", said
            return


def _training_mode(patient):
    """Answers that change when asked again, or when asked alone."""
    images, answers = patient.parts[0].images[:MOST], patient.answers[patient.parts[0].name]
    again, alone = patient.answer(images[:SOME]), patient.answer(images[:1])
    slack = 1e-3 * max(abs(answers).max(), 1e-6)
    changed = (abs(again - answers[:SOME]) > slack).any(axis=1)
    if changed.any():
        said = f"Asked twice, the model gives different answers to {changed.mean():.0%} of the digits"
        yield "mode", f"{said}: is dropout at work while predicting?"
    elif len(images) > 1 and abs(alone[0] - answers[0]).max() > slack:
        said = f"A digit's answer changes by up to {abs(alone[0] - answers[0]).max():.2f} when it is asked alone"
        yield "mode", f"{said}: does batch normalisation use the batch while predicting?"


def _softmax_twice(patient, losses):
    if not all(map(_are_probabilities, patient.answers.values())):
        return
    if losses is not None:
        low, own = min(losses["loss"]), patient.score(patient.parts[0])[1]
        twice = low > FLOOR - 0.001 and len(losses["loss"]) > 1 and own < low - 0.1
        measured = f", and no loss is below {low:.3f}"
    else:  # compiled with a loss that wants probabilities, all is well
        compiled = getattr(patient.model, "loss", None)
        twice, measured = compiled is None or getattr(compiled, "from_logits", False), ""
    if twice:
        said = (
            f"The model's ten answers are probabilities already{measured}. A loss that expects logits takes "
            f"softmax again and cannot fall below ln(1 + 9/e) = {FLOOR:.3f}."
        )
        yield "softmax twice", said


def _dead_units(patient):
    """ReLUs that are off for every digit."""
    import keras

    def is_relu(layer):
        return isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu

    relus = [layer for layer in getattr(patient.model, "layers", []) if is_relu(layer)]
    if not relus:
        return
    try:
        inside = keras.Model(patient.model.inputs[0], [layer.output for layer in relus])
    except Exception:  # a model without a graph of layers keeps its inside to itself
        return
    images = patient.parts[0].images[:SOME]
    outputs = inside(images, training=False)
    for layer, output in zip(relus, outputs if isinstance(outputs, (list, tuple)) else [outputs], strict=True):
        output = np.asarray(output)
        dead = ~(output.reshape(-1, output.shape[-1]) > 0).any(axis=0)
        if len(dead) >= 8 and dead.mean() > 0.5:
            units = f"{dead.sum()} of the {len(dead)} units of layer {layer.name}"
            yield "dead", f"{units} are 0 for each of {len(images)} digits."
            return


def _constant(patient):
    for part in patient.parts:
        answers = patient.answers[part.name].argmax(axis=1)
        if len(answers) >= 50 and len(np.unique(part.classes[:MOST])) >= 5 and np.ptp(answers) == 0:
            yield "constant", f"The model calls each of {len(answers):,} {part.name} digits a {answers[0]}."
            return


def _scale(patient):
    """A part that the model reads much better with its pixels divided or multiplied by 255."""
    for part in patient.parts:
        factor, words = (255, "multiplied") if part.top <= 1 else (1 / 255, "divided")
        accuracy, loss = patient.score(part)
        other, other_loss = patient.score(part, factor)
        surer = other > accuracy - 0.02 and loss > 3 * other_loss and loss > other_loss + 0.5
        if other > 0.4 and (other > accuracy + 0.1 or surer):
            said = (
                f"The {part.name} pixels go up to {part.top:g}: {accuracy:.0%} right, with a loss of {loss:.2f}. "
                f"With pixels {words} by 255: {other:.0%}, and {other_loss:.2f}."
            )
            yield "pixels", said
            return
