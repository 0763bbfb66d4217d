"""Train a model: the loop of notebook 02, cell ``train-in-graph``, for any Keras model."""

import sys
import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from mnist_lib.runtime import html_table, in_notebook, text_table


@dataclass(repr=False)
class History:
    """What happened in each epoch. Every list has one entry an epoch.

    ``loss`` and ``accuracy`` are means over the epoch's batches, taken while the weights were changing
    and with dropout at work. ``validation_loss`` and ``validation_accuracy`` are measured at its end, on
    digits that training never sees. ``seconds`` is training alone, without tracing and validation.
    """

    model_name: str
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def rows(self, at_most=6):
        """Return ``(epoch, values)`` pairs, thinned evenly to ``at_most``; the last epoch is always there."""
        last = len(self.loss) - 1
        shown = sorted({round(i) for i in np.linspace(0, last, min(at_most, last + 1))}) if last >= 0 else []
        columns = (self.loss, self.accuracy, self.validation_loss, self.validation_accuracy, self.seconds)
        return [(i + 1, [column[i] for column in columns]) for i in shown]

    def _table(self, epoch="epoch"):
        forms = "{:.4f}", "{:.2%}", "{:.4f}", "{:.2%}", "{:.1f}"
        head = [epoch, "loss", "accuracy", "validation loss", "validation accuracy", "seconds"]
        return head, [[f"{number}", *map(str.format, forms, values)] for number, values in self.rows()]

    def __str__(self):
        return text_table(*self._table(f"{self.model_name}: epoch"))

    __repr__ = __str__

    def _repr_html_(self):
        caption = f"{self.model_name}: {len(self.loss)} epochs, {sum(self.seconds):.1f} s of training"
        return html_table(*self._table(), caption)


def train(
    model,
    data,
    *,
    epochs,
    batch_size=128,
    learning_rate=1e-3,
    optimizer=None,
    loss=None,
    augment=None,
    on_epoch=None,
    seed=0,
    verbose=True,
    resume=None,
):
    """Train a model on ``data.train`` and watch it on ``data.validation``.

    The digits are held once as a tensor; each epoch shuffles their numbers and walks through all full
    batches in one call of one ``tf.function``. What is left over when ``batch_size`` does not divide the
    number of digits waits for the next epoch's shuffle. A batch of an even number is learned in two halves,
    side by side, and their gradients are added; batch normalisation sees each half alone. Why this is fast is
    the subject of notebook 13.

    Parameters
    ----------
    model : keras.Model
        Takes pixels, 0 to 255, shape (N, 28, 28); returns logits, shape (N, 10). It is changed in place.
    data : Data
        From ``load_mnist``; the test digits are not touched.
    epochs, batch_size : int
        At least 1; ``batch_size`` at most the number of training digits.
    learning_rate : float or keras LearningRateSchedule
        For Adam, the default optimiser; ``one_cycle`` makes a schedule.
    optimizer : keras Optimizer, optional
        Used instead of Adam, with its own learning rate. If it averages the weights (``use_ema``), the model
        has the averages at the end.
    loss : function, optional
        (labels, shape (N,), logits, shape (N, 10)) -> losses, shape (N,), made of TensorFlow's operations.
        Cross-entropy, if left out.
    augment : function, optional
        (images, shape (N, 28, 28), uint8; seed, shape (2,), int32) -> images, 0 to 255, shape (N, 28, 28), made
        of TensorFlow's operations. Called for each half of a batch. Let it draw with
        ``tf.random.stateless_…(seed=seed)``: the seed differs from call to call and follows from ``seed``.
    on_epoch : function, optional
        (model, history) -> None; called after each epoch. ``return True`` ends the training there. (Called again with
        the same ``resume``, it would go on.)
    seed : int
        Decides the order of the digits. Initial weights and dropout follow ``set_seed``.
    verbose : bool
        One live line while training, a small table afterwards; False prints nothing.
    resume : path, optional
        A file for checkpoints, one after each epoch. If it is there already, training goes on from it: a
        process that was stopped at any moment and started again with the same call ends with the same
        weights, to the bit. Built in notebook 11, cell ``resume-by-hand``.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If ``epochs`` or ``batch_size`` cannot be used, or the model's output is not (N, 10) or wider.
    CheckpointError
        If the checkpoint at ``resume`` belongs to another training, or both generations are damaged.
    """
    import tensorflow as tf

    from mnist_lib.evaluation import evaluate
    from mnist_lib.numerics.fused import FusedAdam
    from mnist_lib.saving.checkpoints import go_on

    _check(model, data, epochs, batch_size)
    optimizer = optimizer or FusedAdam(learning_rate)
    optimizer.build(model.trainable_variables)
    run_epoch = _compiled_epoch(model, data.train, batch_size, optimizer, loss, augment, seed)
    history = History(model.name)
    progress = _Progress(history, epochs, verbose)
    random = np.random.default_rng(seed)
    call = {"data": data, "epochs": epochs, "batch_size": batch_size, "seed": seed}
    call |= {"loss": _name(loss), "augment": _name(augment)}
    save = go_on(resume, model, optimizer, random, history, **call)

    def validate(epoch, last):
        if last and optimizer.use_ema:
            optimizer.finalize_variable_values(model.trainable_variables)
        report = evaluate(model, data.validation)
        history.validation_loss[epoch:], history.validation_accuracy[epoch:] = [report.loss], [report.accuracy]

    for epoch in range(len(history.loss), epochs):
        batches = _shuffled_batches(random, len(data.train), batch_size)
        progress.line()
        start = time.perf_counter()
        loss_sum, right = run_epoch(tf.constant(batches))
        history.loss.append(float(loss_sum) / len(batches))
        history.accuracy.append(int(right) / batches.size)
        history.seconds.append(time.perf_counter() - start)
        validate(epoch, last=epoch + 1 == epochs)
        save()
        if on_epoch and on_epoch(model, history):
            if optimizer.use_ema:  # after the checkpoint, which keeps the weights themselves, to go on from
                validate(epoch, last=True)
            break
    progress.table()
    return history


def one_cycle(peak, steps, *, rise=0.25, start=0.05, end=1e-3):
    """Learning rate that rises to its peak and falls to almost nothing, once [1]_.

    Parameters
    ----------
    peak : float
        The highest learning rate.
    steps : int
        Updates in the whole training: epochs times batches an epoch.
    rise : float
        Share of the steps on the way up, along a straight line; the way down is half a cosine. With 0 it only falls.
    start, end : float
        First and last learning rate, as shares of the peak.

    Returns
    -------
    keras LearningRateSchedule

    References
    ----------
    .. [1] L. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning
       rates", 2018.
    """
    import keras

    up = round(rise * steps)
    first, warmup = (peak * start, {"warmup_target": peak, "warmup_steps": up}) if up else (peak, {})
    return keras.optimizers.schedules.CosineDecay(first, max(1, steps - up), alpha=end, **warmup)


def _compiled_epoch(model, split, batch_size, optimizer, loss, augment, seed):
    """Trace one epoch now, so that the first epoch's time is honest: batches (steps, N) -> loss sum, right."""
    import tensorflow as tf

    images, labels = tf.constant(split.images), tf.constant(split.labels, tf.int32)
    loss = loss or tf.nn.sparse_softmax_cross_entropy_with_logits

    # Two halves keep two cores busier than one whole: small operations do not gain from being cut to pieces.
    parts = 2 if batch_size % 2 == 0 else 1

    def learn_from(images, labels, batch, part):
        x, y = tf.gather(images, batch), tf.gather(labels, batch)
        if augment:
            x = augment(x, tf.stack([seed, parts * tf.cast(optimizer.iterations, tf.int32) + part]))
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            share = (tf.reduce_mean(loss(y, logits)) + sum(model.losses)) / parts
        right = tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == y, tf.int32))
        return tape.gradient(share, model.trainable_variables), share, right

    # The digits are an argument: a function's graph would keep a copy of what it finds outside.
    @tf.function(
        input_signature=[tf.type_spec_from_value(one) for one in (images, labels)]
        + [tf.TensorSpec([None, batch_size], tf.int32)]
    )
    def run_epoch(images, labels, batches):
        loss_sum, right = 0.0, 0
        for batch in batches:
            learned = [learn_from(images, labels, half, i) for i, half in enumerate(tf.split(batch, parts))]
            gradients, shares, rights = zip(*learned, strict=True)
            gradients = [None if each[0] is None else tf.add_n(each) for each in zip(*gradients, strict=True)]
            optimizer.apply(gradients, model.trainable_variables)
            loss_sum += tf.add_n(shares)
            right += tf.add_n(rights)
        return loss_sum, right

    run_epoch = partial(run_epoch.get_concrete_function(), images, labels)
    run_epoch(tf.zeros([0, batch_size], tf.int32))  # TensorFlow optimises a graph when it is first called
    return run_epoch


def _shuffled_batches(random, count, batch_size):
    steps = count // batch_size
    return random.permutation(count)[: steps * batch_size].reshape(steps, batch_size).astype(np.int32)


def _check(model, data, epochs, batch_size):
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; training needs at least 1.")
    if not 1 <= batch_size <= len(data.train):
        raise ValueError(
            f"batch_size is {batch_size}; with {len(data.train)} training digits it must be from 1 to "
            f"{len(data.train)}."
        )
    shape = model(data.train.images[:1], training=False).shape  # builds a model that has no weights yet
    if len(shape) != 2 or shape[1] < 10:
        raise ValueError(
            f"The model returns shape {tuple(shape)} for one image; train() needs logits of shape (1, 10), one for "
            "each digit. Let the last layer be Dense(10), without an activation."
        )


def _name(function):
    """What a checkpoint remembers of a function: its name, and what is bound to it."""
    if function is None:
        return ""
    if isinstance(function, partial):
        return f"{_name(function.func)} {function.args} {sorted(function.keywords.items())}"
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


class _Progress:
    """One line that is written over while training, and the table that replaces it."""

    def __init__(self, history, epochs, verbose):
        self.history, self.epochs, self.verbose, self.handle = history, epochs, verbose, None
        if verbose and in_notebook():
            from IPython.display import display

            self.handle = display({"text/plain": ""}, raw=True, display_id=True)

    def line(self):
        done = len(self.history.loss)
        text = f"{self.history.model_name}: epoch {done + 1} of {self.epochs}"
        if done:
            text += f", validation accuracy {self.history.validation_accuracy[-1]:.2%}"
        if self.handle:
            self.handle.update({"text/plain": text}, raw=True)
        elif self.verbose and sys.stdout.isatty():
            print(f"\r{text}", end="", flush=True)

    def table(self):
        if self.handle:
            self.handle.update(self.history)
        elif self.verbose:
            print(("\r\033[K" if sys.stdout.isatty() else "") + str(self.history))
