"""Trainings with all their settings: every rung of the ladder, and the most accurate one, built in notebook 14."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from mnist_lib import models, training
from mnist_lib.evaluation import as_images, predict
from mnist_lib.runtime import set_seed

VARIATION = {"turn": 0.08, "slant": 0.08, "size": 0.06, "shift": 0.6, "bend": 0.4, "pen": 0, "blur": 0, "grain": 0}
FAST = {"peak": 0.01, "rise": 0.2, "beta_1": 0.8, "beta_2": 0.95, "smoothing": 0.05}  # chosen in 13; smoothing in 14
KINDS = ("ladder", "ablation", "long", "long ablation", "ensemble")


@dataclass(frozen=True)
class Recipe:
    """All settings of a training.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    .. [2] C. Szegedy and others, "Rethinking the Inception architecture for computer vision", CVPR 2016.
    """

    build: Callable  # makes the untrained model
    epochs: int
    peak: float  # of the learning rate; rise, start and end are those of ``training.one_cycle``
    rise: float = 0.25
    start: float = 0.05
    end: float = 1e-3
    one_cycle: bool = True  # False: the learning rate stays at a quarter of its peak
    batch_size: int = 128
    beta_1: float = 0.9
    beta_2: float = 0.999
    weight_decay: float | None = None  # AdamW's [1]_
    average: bool = False  # end with a running mean of the weights, over about the last twentieth of the training
    variation: dict | None = None  # for ``augmentation.vary``; None: the digits as they are
    smoothing: float = 0.0  # share of each label that is spread over all ten digits [2]_


RECIPES = {  # softmax as in notebook 02, mlp as in 04, cnn as in 06, fast CNN as in 13, accurate CNN as in 14
    "softmax": Recipe(models.softmax_regression, epochs=10, peak=5e-3, rise=0, end=0),
    "mlp": Recipe(models.mlp, epochs=30, peak=2e-3, rise=0, end=0),
    "cnn": Recipe(models.cnn, epochs=3, peak=4e-3, start=0.1, end=0),
    "fast CNN": Recipe(models.fast_cnn, epochs=1, **FAST),
    "accurate CNN": Recipe(
        models.accurate_cnn, epochs=4, peak=4e-3, batch_size=256, weight_decay=0.3, average=True, variation=VARIATION
    ),
}
RUNGS = tuple(RECIPES)


def train_rung(data, name, *, seed=0, model=None, verbose=False, **options):
    """Train one rung of the ladder as its notebook does.

    Parameters
    ----------
    data : Data
        MNIST; the settings were chosen for its number of digits.
    name : str
        One of ``RUNGS``.
    seed : int
    model : keras.Model, optional
        Used instead of a new one, with its own initial weights; those of a new one follow ``seed``.
    **options
        What differs from the rung's ``Recipe``, and for ``train``: ``verbose``, ``resume``, ``on_epoch``.

    Returns
    -------
    model : keras.Model
    history : History

    Raises
    ------
    ValueError
        If there is no such rung.
    """
    from mnist_lib.numerics.fused import FusedAdam
    from mnist_lib.recipes.augmentation import vary

    if name not in RECIPES:
        raise ValueError(f"There is no rung {name!r}. There are: {', '.join(RUNGS)}.")
    changes = {field.name: options.pop(field.name) for field in fields(Recipe) if field.name in options}
    recipe = replace(RECIPES[name], **changes)
    set_seed(seed)
    model = model or recipe.build()
    steps = recipe.epochs * (len(data.train) // recipe.batch_size)
    cycle = training.one_cycle(recipe.peak, steps, rise=recipe.rise, start=recipe.start, end=recipe.end)
    adam = {"beta_1": recipe.beta_1, "beta_2": recipe.beta_2, "weight_decay": recipe.weight_decay}
    if recipe.average:
        adam |= {"use_ema": True, "ema_momentum": max(0.0, 1 - 20 / max(1, steps))}
    if recipe.smoothing:
        options["loss"] = partial(smoothed_cross_entropy, smoothing=recipe.smoothing)
    if recipe.variation:
        options["augment"] = partial(vary, **recipe.variation)
    options |= {"epochs": recipe.epochs, "batch_size": recipe.batch_size, "seed": seed, "verbose": verbose}
    optimizer = FusedAdam(cycle if recipe.one_cycle else recipe.peak / 4, **adam)
    return model, training.train(model, data, optimizer=optimizer, **options)


def train_accurately(data, *, verbose=True, **options):
    """Train the batch-normalised CNN of notebook 14 on varied digits: ``train_rung`` of the accurate CNN."""
    return train_rung(data, "accurate CNN", verbose=verbose, **options)


def stored_runs(kind):
    """Return the trainings on MNIST that take too long for a notebook, as ``python -m benchmarks accuracy`` did them.

    Parameters
    ----------
    kind : str
        Each of ``RUNGS`` ("ladder"); the accurate CNN with one part left out or put in ("ablation"), for more epochs
        ("long"), or both; and the averaged answers of 1, 2, ... long ones ("ensemble"; their number is in ``seed``).

    Returns
    -------
    dict of str to list of dict
        Name -> runs. A run has ``seed``, ``seconds`` of training, ``validation_accuracy``, and, unless it is of an
        ablation, ``test_accuracy``, 0 to 1; a training has ``epochs`` and ``validation_loss`` as well; long ones and
        ensembles have both accuracies with ``predict_varied``, too: ``validation_accuracy_varied``, ….

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"There are no runs of kind {kind!r}. There are: {', '.join(KINDS)}.")
    found = {}
    for run in json.loads(Path(__file__).with_name("long_runs.json").read_text(encoding="utf-8"))["runs"]:
        if run["kind"] == kind:
            found.setdefault(run["name"], []).append(run)
    return found


def smoothed_cross_entropy(labels, logits, smoothing):
    """Cross-entropy, in nats, with labels of which a share is spread over all ten digits."""
    import tensorflow as tf

    targets = tf.one_hot(labels, 10) * (1 - smoothing) + smoothing / 10
    return tf.nn.softmax_cross_entropy_with_logits(targets, logits)


def predict_varied(model, images, *, copies=8, strength=0.5, seed=0):
    """Answer several varied copies of each image, and average the probabilities.

    Parameters
    ----------
    model : keras.Model
    images : array of uint8, shape (N, 28, 28) or (28, 28)
        One image alone gives one row.
    copies : int
        Varied copies; the image itself counts as one more.
    strength : float
        Share of ``VARIATION`` that a copy varies.
    seed : int

    Returns
    -------
    array of float32, shape (N, 10)
        Each row adds up to 1.

    Raises
    ------
    ValueError
        If ``images`` has another shape.
    """
    from mnist_lib.recipes.augmentation import vary

    images = as_images(images)
    weaker = {name: strength * value for name, value in VARIATION.items()}
    parts = []
    for start in range(0, max(1, len(images)), 1000):  # no images give no rows
        part = images[start : start + 1000]
        varied = [vary(part, [seed, start + copy], **weaker) for copy in range(copies)]
        parts.append(np.mean([predict(model, one) for one in [part, *varied]], axis=0))
    return np.concatenate(parts)
