"""Figures of lesson 13: what a trick is worth, a learning rate and its cycle, accuracy against time, one answer."""

import json
import time
from pathlib import Path

import numpy as np

from mnist_lib import plots

# Trainings on MNIST that the lesson does not repeat: name -> accuracies on validation digits after each epoch,
# 0 to 1, shape (seeds, epochs), as ``python -m tools.speed_runs`` left them.
STORED = {
    name: np.array(runs)
    for name, runs in json.loads(Path(__file__).with_name("speed_runs.json").read_text(encoding="utf-8"))[
        "validation_accuracy"
    ].items()
}
RATES = 0.001, 0.003, 0.01, 0.03


def constant():
    """Return the stored accuracies of the fast CNN after one epoch with each constant rate: shape (rates, seeds)."""
    return np.array([STORED[f"fast_cnn, constant {rate}"][:, -1] for rate in RATES])


def show_ratios(ratios, *, ax=None):
    """Draw how many times as long a training takes without each trick: mean, standard error, and the verdict.

    Means are those of logarithms, so that a slow round weighs as much above as below. The verdict is the series' rule,
    of lesson 09: a distance from 1 of three standard errors is shown, below two it is not, between them it is open.
    Where both networks have a change, a line in black compares them, with the luck of both in its error.

    Parameters
    ----------
    ratios : dict of str to (dict of str to array of float, shape (rounds,))
        Two networks -> change -> ratio of each round; 1 is no change. Both have the same changes, or the second fewer.
    ax : matplotlib Axes, optional
    """
    import matplotlib.pyplot as plt

    rows = list(max(ratios.values(), key=len))
    ax = ax or plt.subplots(figsize=(8, 0.9 + 0.7 * len(rows)))[1]
    ax.axvline(1, color="black", linewidth=0.8)

    def say(row, shift, log, error, colour, before=""):
        text = f"{before}{np.exp(log):.2f} ± {np.exp(log) * error:.2f}  {verdict(log, error)}"
        ax.text(1.02, row + shift, text, fontsize=9, va="center", color=colour, transform=ax.get_yaxis_transform())

    found = {network: {name: _log_ratio(values) for name, values in some.items()} for network, some in ratios.items()}
    for shift, (network, changes) in zip((-0.25, 0), found.items(), strict=True):
        for name, (log, error) in changes.items():
            row, colour = rows.index(name), plots.COLOURS[network]
            ends = np.exp([[log - error], [log + error]])
            style = {"color": colour, "capsize": 3, "label": network if name == rows[0] else None}
            ax.errorbar(np.exp(log), row + shift, xerr=np.abs(ends - np.exp(log)), fmt="o", **style)
            say(row, shift, log, error, colour)
    (first, one), (second, other) = found.items()
    for name in set(one) & set(other):
        log, error = other[name][0] - one[name][0], np.hypot(one[name][1], other[name][1])
        say(rows.index(name), 0.25, log, error, "black", f"{second} / {first}: ")
    ax.set(yticks=range(len(rows)), yticklabels=rows, xlabel="times as long as with all the tricks")
    ax.set_title("Without one trick")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return ax


def _log_ratio(values):
    """Return the mean logarithm of some ratios, and its standard error."""
    logs = np.log(values)
    return logs.mean(), logs.std(ddof=1) / len(logs) ** 0.5


def verdict(difference, error):
    """Say by the rule of lesson 09 whether a difference is more than luck: "shown", "open" or "not shown"."""
    away = abs(difference) / max(error, 1e-12)
    return "shown" if away >= 3 else "open" if away >= 2 else "not shown"


def show_cycle(schedule, own=()):
    """Draw one cycle beside what it brings: accuracy after one epoch for constant and cycling learning rates, stored.

    Parameters
    ----------
    schedule : array of float, shape (T,)
        The learning rate of each step.
    own : sequence of float
        The learner's accuracies, 0 to 1, with the schedule's peak.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), width_ratios=(2, 3))
    left.plot(schedule, color=plots.COLOURS["fast_cnn"])
    left.set(title="Up a fifth of the way, then down", xlabel="step", ylabel="learning rate")
    for kind, colour, mark in (("constant", "#7F7F7F", "s--"), ("cycle", plots.COLOURS["fast_cnn"], "o-")):
        mistakes = np.array([5000 * (1 - STORED[f"fast_cnn, {kind} {rate}"][:, -1]) for rate in RATES])
        right.plot(RATES, mistakes.mean(axis=1), mark[1:], color=colour, label=kind)
        right.plot(RATES, mistakes, mark[0], color=colour, alpha=0.5)
    if len(own):
        right.plot(
            [np.max(schedule)] * len(own),
            5000 * (1 - np.asarray(own)),
            "D",
            color="black",
            fillstyle="none",
            label="yours",
        )
    right.set(xscale="log", yscale="log", xlabel="learning rate, or peak of the cycle")
    right.set_ylabel("mistakes, of 5,000 digits (log)")
    right.set_yticks([50, 100, 200, 500], ["50", "100", "200", "500"])
    right.set_yticks([], minor=True)
    right.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    right.set_xticks([], minor=True)
    right.set_title("After one epoch")
    right.legend(loc="upper left")
    return fig


def show_time(seconds, *, ax=None):
    """Draw accuracy against seconds of training, on a logarithmic axis; the accuracies are stored ones.

    Parameters
    ----------
    seconds : sequence of 3 floats
        For one epoch: as the article trains, its network with all tricks, the fast CNN with all tricks.
    ax : matplotlib Axes, optional
    """
    import matplotlib.pyplot as plt

    ax = ax or plt.subplots(figsize=(8, 3.4))[1]
    names = {
        "the article, five epochs": ("article", "#7F7F7F"),
        "its network, one cycle": ("cnn, cycle 0.01", plots.COLOURS["cnn"]),
        "fast CNN, one cycle": ("fast_cnn, cycle 0.01", plots.COLOURS["fast_cnn"]),
    }
    for epoch, (name, (key, colour)) in zip(seconds, names.items(), strict=True):
        percent = 100 * STORED[key]
        ends = epoch * np.arange(1, percent.shape[1] + 1)
        ax.plot(ends, percent.T, "o", color=colour, alpha=0.4)
        ax.plot(ends, percent.mean(axis=0), color=colour, marker="_", markersize=16)
        ax.annotate(f"{name}\n{ends[-1]:.1f} s", (ends[-1], percent[:, -1].max()), (0, 8), color=colour,
                    textcoords="offset points", ha="center", va="bottom", fontsize=9)  # fmt: skip
    ax.set(xscale="log", xlabel="seconds of training (logarithmic)", ylabel="validation digits read, %")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_title("As many digits, at three prices")
    ax.margins(x=0.2, y=0.35)
    return ax


def show_waits(milliseconds, *, ax=None):
    """Draw how long one answer takes in several ways, on a logarithmic axis.

    Parameters
    ----------
    milliseconds : dict of str to float
    ax : matplotlib Axes, optional
    """
    import matplotlib.pyplot as plt

    ax = ax or plt.subplots(figsize=(7, 0.9 + 0.33 * len(milliseconds)))[1]
    for row, wait in enumerate(milliseconds.values()):
        ax.plot(wait, row, "o", color=plots.COLOURS["fast_cnn"], markersize=9)
        ax.annotate(f"{wait:.2f} ms", (wait, row), (9, -3), textcoords="offset points", fontsize=9)
    ax.set(xscale="log", xlabel="milliseconds for one digit (logarithmic)", title="One digit, four ways to ask")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_yticks(range(len(milliseconds)), milliseconds)
    ax.set_ylim(-0.5, len(milliseconds) - 0.5)
    ax.set_xlim(min(milliseconds.values()) / 3, max(milliseconds.values()) * 5)
    ax.invert_yaxis()
    return ax


def time_inside(model, images, cuts, *, rounds=12):
    """Time a training step of the first layers of a model, for several numbers of layers, in turn.

    Forwards and backwards in two halves, without an update. A piece has no loss; half the sum of the squares of its
    output stands in for it.

    Parameters
    ----------
    model : keras.Sequential
    images : array of uint8, shape (N, 28, 28)
        N a multiple of 128.
    cuts : sequence of int
        How many layers each piece has.

    Returns
    -------
    array of float, shape (cuts,)
        Seconds of a walk through all images, the best of the rounds.
    """
    import keras
    import tensorflow as tf

    images, batches = tf.constant(images), tf.reshape(tf.range(len(images)), (-1, 128))

    def gradients(piece, half):
        with tf.GradientTape() as tape:
            loss = tf.nn.l2_loss(piece(tf.gather(images, half), training=True))
        return [loss, *tape.gradient(loss, piece.trainable_variables)]

    def walk_through(piece):
        @tf.function(input_signature=[tf.type_spec_from_value(batches)])
        def walk(batches):
            total = 0.0
            for batch in batches:
                tf.autograph.experimental.set_loop_options(parallel_iterations=1)  # a step waits for the one before
                for half in tf.split(batch, 2):
                    total += tf.add_n([tf.reduce_sum(one) for one in gradients(piece, half)])  # or it is left out
            return total

        return walk.get_concrete_function()

    walks = [walk_through(keras.Sequential([keras.Input((28, 28)), *model.layers[:cut]])) for cut in cuts]
    times = np.empty((rounds + 1, len(walks)))
    for row in times:
        for i, walk in enumerate(walks):
            start = time.perf_counter()
            walk(batches).numpy()
            row[i] = time.perf_counter() - start
    return times[1:].min(axis=0)
