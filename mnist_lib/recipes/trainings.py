"""Trainings with all their settings: every rung of the ladder, and the most accurate one, built in notebook 08."""

import json
from functools import partial
from pathlib import Path

import numpy as np

VARIATION = {"turn": 0.08, "slant": 0.08, "size": 0.06, "shift": 0.6, "bend": 0.4, "pen": 0, "blur": 0, "grain": 0}
FAST = {"peak": 0.01, "rise": 0.2, "beta_1": 0.8, "beta_2": 0.95, "smoothing": 0.05}  # chosen in notebook 07
KINDS = ("ladder", "ablation", "long", "long ablation", "ensemble")
RUNGS = ("softmax", "mlp", "cnn", "fast CNN", "accurate CNN")


def train_rung(data, name, *, seed=0):
    """Train one rung of the ladder as its notebook does.

    Parameters
    ----------
    data : Data
        MNIST; the settings were chosen for its number of digits.
    name : str
        One of ``RUNGS``: softmax and mlp as in notebooks 01 to 03, cnn as in 03, fast CNN as in 07, accurate CNN
        as in 08.
    seed : int

    Returns
    -------
    model : keras.Model
    history : History

    Raises
    ------
    ValueError
        If there is no such rung.
    """
    from keras.optimizers.schedules import CosineDecay

    from mnist_lib import models, training
    from mnist_lib.numerics import fused
    from mnist_lib.runtime import set_seed

    if name == "accurate CNN":
        return train_accurately(data, seed=seed, verbose=False)
    steps = len(data.train) // 128  # an epoch
    settings = {
        "softmax": (models.softmax_regression, 10, CosineDecay(5e-3, 10 * steps), {}),
        "mlp": (models.mlp, 30, CosineDecay(2e-3, 30 * steps), {}),
        "cnn": (models.cnn, 3, training.one_cycle(4e-3, 3 * steps, start=0.1, end=0), {}),
        "fast CNN": (
            models.fast_cnn,
            1,
            training.one_cycle(FAST["peak"], steps, rise=FAST["rise"]),
            {"beta_1": FAST["beta_1"], "beta_2": FAST["beta_2"]},
        ),
    }
    if name not in settings:
        raise ValueError(f"There is no rung {name!r}. There are: {', '.join(RUNGS)}.")
    build, epochs, rate, adam = settings[name]
    set_seed(seed)
    model = build()
    optimizer = fused.FusedAdam(rate, **adam)
    loss = partial(smoothed_cross_entropy, smoothing=FAST["smoothing"]) if name == "fast CNN" else None
    return model, training.train(model, data, epochs=epochs, optimizer=optimizer, loss=loss, seed=seed, verbose=False)


def stored_runs(kind):
    """Return the trainings on MNIST that take too long for a notebook, as ``python -m benchmarks accuracy`` did them.

    Parameters
    ----------
    kind : {"ladder", "ablation", "long", "long ablation", "ensemble"}
        Each of ``RUNGS``; the accurate CNN with one part left out or put in; the accurate CNN for more epochs; that
        with one part left out; and the averaged answers of 1, 2, ... long ones (their number is in ``seed``).

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


def train_accurately(
    data,
    *,
    epochs=4,
    seed=0,
    model=None,
    variation=VARIATION,
    one_cycle=True,
    peak=4e-3,
    weight_decay=0.3,
    average=True,
    smoothing=0.0,
    batch_size=256,
    **options,
):
    """Train the batch-normalised CNN of notebook 08 on varied digits.

    Parameters
    ----------
    data : Data
    epochs, batch_size, seed : int
    model : keras.Model, optional
        Used instead of ``models.accurate_cnn()``, with its own initial weights; those of the other follow ``seed``.
    variation : dict or None
        For ``augmentation.vary``; None trains on the digits as they are.
    one_cycle : bool
        Let the learning rate rise and fall; else it stays at a quarter of its peak.
    peak, weight_decay : float
        Of AdamW [1]_.
    average : bool
        End with a running mean of the weights, over about the last twentieth of the training.
    smoothing : float
        Share of each label that is spread over all ten digits [2]_.
    **options
        For ``train``: ``verbose``, ``resume``, ``on_epoch``.

    Returns
    -------
    model : keras.Model
    history : History

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    .. [2] C. Szegedy and others, "Rethinking the Inception architecture for computer vision", CVPR 2016.
    """
    from mnist_lib import models, training
    from mnist_lib.numerics import fused
    from mnist_lib.recipes.augmentation import vary
    from mnist_lib.runtime import set_seed

    set_seed(seed)
    model = model or models.accurate_cnn()
    steps = epochs * (len(data.train) // batch_size)
    rate = training.one_cycle(peak, steps) if one_cycle else peak / 4
    optimizer = fused.FusedAdam(
        rate, weight_decay=weight_decay, use_ema=average, ema_momentum=max(0.0, 1 - 20 / max(1, steps))
    )
    history = training.train(
        model,
        data,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        loss=partial(smoothed_cross_entropy, smoothing=smoothing) if smoothing else None,
        augment=partial(vary, **variation) if variation else None,
        seed=seed,
        **options,
    )
    return model, history


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
    from mnist_lib.evaluation import as_images, predict
    from mnist_lib.recipes.augmentation import vary

    images = as_images(images)
    weaker = {name: strength * value for name, value in VARIATION.items()}
    parts = []
    for start in range(0, max(1, len(images)), 1000):  # no images give no rows
        part = images[start : start + 1000]
        varied = [vary(part, [seed, start + copy], **weaker) for copy in range(copies)]
        parts.append(np.mean([predict(model, one) for one in [part, *varied]], axis=0))
    return np.concatenate(parts)
