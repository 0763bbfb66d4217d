"""Figures of lesson 04: loss against learning rate, digits learned by heart, with and without dropout, strong units."""

import numpy as np

from mnist_lib import plots

SHADES = "#CC79A7", "#0072B2", "#D55E00"  # three ways to train one model, so its own colour would not do


def show_rates(rates, losses):
    """Draw the loss that each optimiser reaches against its learning rate, both on logarithmic axes.

    Parameters
    ----------
    rates : sequence of float
    losses : dict of str to sequence of float
        Optimiser -> loss at each rate.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3.2))
    for (name, values), colour, mark in zip(losses.items(), SHADES, "os^", strict=True):
        ax.loglog(rates, values, color=colour, marker=mark, label=name)
    ax.axhline(np.log(10), color="grey", linestyle=":", label="ln 10: nothing learned")
    ax.set(title="Three valleys, each at other rates", xlabel="learning rate", ylabel="validation loss")
    ax.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    ax.set_ylim(top=4)  # at too high a rate the loss may be in the thousands
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return fig


def show_by_heart(history, sure_when_wrong):
    """Draw loss, accuracy, and how sure the model is of its mistakes on validation digits, epoch by epoch.

    Parameters
    ----------
    history : History
    sure_when_wrong : sequence of float
        Mean probability of the first choice, among wrong answers, 0 to 1; one entry an epoch.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 3, figsize=(9, 2.9), layout="constrained")
    plots.show_history({"mlp": history}, axes=axes[:2])
    axes[0].get_legend().remove()
    axes[0].set_ylim(0, 0.7)
    axes[1].set_ylim(0.8, 1.01)
    axes[1].legend(["training", "validation"], loc="center right")
    epochs = np.arange(1, len(sure_when_wrong) + 1)
    axes[2].plot(epochs, sure_when_wrong, color=plots.WRONG, linestyle="--")
    axes[2].set(title="How sure when wrong", xlabel="epoch", ylabel="probability")
    axes[2].xaxis.get_major_locator().set_params(integer=True)
    lowest = int(np.argmin(history.validation_loss))
    axes[0].plot(lowest + 1, history.validation_loss[lowest], "o", color="black", zorder=3)
    axes[0].annotate("lowest", (lowest + 1, history.validation_loss[lowest]), xytext=(0, -14), ha="center",
                     textcoords="offset points")  # fmt: skip
    return fig


def show_runs(runs):
    """Draw the validation loss of several trainings by epoch, one colour a group.

    Parameters
    ----------
    runs : dict of str to list of History

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3.2))
    for (name, histories), colour in zip(runs.items(), (SHADES[2], SHADES[1]), strict=True):
        for i, history in enumerate(histories):
            epochs = np.arange(1, len(history.validation_loss) + 1)
            label = name if i == 0 else None
            ax.plot(epochs, history.validation_loss, color=colour, linestyle="--", linewidth=1.4, label=label)
    least = min(min(history.validation_loss) for histories in runs.values() for history in histories)
    ax.set(title="The same few digits, three starts each", xlabel="epoch", ylabel="validation loss")
    ax.set_ylim(0.9 * least, 2 * least)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(loc="upper center")
    return fig


def show_strongest(W1, W2, *, count=20):
    """Draw the first layer's weights of the hidden units with the largest weights, inwards times outwards.

    Parameters
    ----------
    W1 : array of float, shape (784, units)
    W2 : array of float, shape (units, K)
    count : int
        How many units.

    Returns
    -------
    matplotlib Figure
    """
    strength = np.linalg.norm(W1, axis=0) * np.linalg.norm(W2, axis=1)
    axes = plots.show_weights(W1[:, np.argsort(-strength)[:count]])
    for ax in axes:
        ax.set_title("", loc="center")
    return axes[0].figure
