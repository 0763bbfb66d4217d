"""Figures of lesson 11: the epochs that were kept, trainings that drift apart, a training that was killed."""

import numpy as np

from mnist_lib import plots


def show_kept(losses, validation_losses, best, kept):
    """Draw the losses of a training, with the epochs that are on the disk.

    Parameters
    ----------
    losses, validation_losses : sequence of float
        One an epoch.
    best : int
        The epoch of the lowest validation loss, from 1.
    kept : sequence of int
        Other epochs that were kept.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3))
    epochs = range(1, len(losses) + 1)
    ax.plot(epochs, losses, color=plots.COLOURS["mlp"])
    ax.plot(epochs, validation_losses, color=plots.COLOURS["mlp"], linestyle="--")
    ax.plot(kept, [validation_losses[epoch - 1] for epoch in kept], "o", color="#777777", label="every tenth, kept")
    ax.plot(best, validation_losses[best - 1], "*", color="black", markersize=14, label=f"best, kept: epoch {best}")
    ax.text(len(losses) + 0.3, losses[-1] + 0.02, "training", va="center")
    ax.text(len(losses) + 0.3, validation_losses[-1], "validation", va="center")
    for epoch in (best, len(losses)):
        place = epoch, validation_losses[epoch - 1]
        ax.annotate(f"{place[1]:.3f}", place, (0, 11), textcoords="offset points", ha="center")
    top = 1.6 * max(validation_losses[best - 1], validation_losses[-1])  # the first losses would flatten the rest
    ax.set(xlabel="epoch", ylabel="loss (nats)", title="The best epoch is not the last", ylim=(0, top))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(loc="upper right")
    return fig


def show_drift(gaps):
    """Draw how trainings leave the one that was not disturbed, step by step.

    Parameters
    ----------
    gaps : dict
        What was restored, in words -> differences after each step, array of float.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 3.2))
    for (name, gap), dashes in zip(gaps.items(), ("-", "--", ":", "-"), strict=True):
        whole = not np.any(gap)
        colour = "black" if whole else None
        ax.plot(range(1, len(gap) + 1), gap, dashes, color=colour, lw=3 if whole else 2, label=name)
    ax.set(title="Only with all four parts: no difference")
    ax.set(xlabel="steps after the break", ylabel="difference of a weight")
    ax.set(xlim=(0, len(gap) + 1), xticks=range(0, len(gap) + 1, 5))
    ax.legend(title="restored", alignment="left", loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


def show_rescue(calm, resumed, finished):
    """Draw the losses of a training that was killed and resumed, on those of an undisturbed one.

    Parameters
    ----------
    calm, resumed : sequence of float
        Validation losses, one an epoch.
    finished : int
        How many epochs the killed process has finished.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3))
    epochs = np.arange(1, len(calm) + 1)
    first = epochs <= finished
    ax.plot(epochs, calm, color="#BBBBBB", lw=5, label="undisturbed")
    ax.plot(epochs[first], np.array(resumed)[first], "o", color=plots.RIGHT, ms=9, label="the process that was killed")
    ax.plot(epochs[~first], np.array(resumed)[~first], "s", color=plots.WRONG, ms=8, label="the one that took over")
    ax.axvline(finished + 0.5, color="black", lw=1, ls="--")
    late = finished > len(calm) / 2
    place, words = finished + (0.4 if late else 0.6), f"killed some time after\nepoch {finished} was saved"
    ax.text(place, max(calm), words, va="top", ha="right" if late else "left")
    ax.set(xlabel="epoch", ylabel="validation loss (nats)", title="Two processes, one training", xticks=epochs)
    ax.legend(loc="center right")
    return fig
