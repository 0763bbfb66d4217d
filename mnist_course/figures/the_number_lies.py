"""Figures of lesson 17: photographs turned round, overfitting with its accuracy, the flattery of many tries."""

import numpy as np

from mnist_lib import plots


def show_photographs(forms, read):
    """Draw images in rows, each with its name and the share that a model reads rightly.

    Parameters
    ----------
    forms : dict of str to array of uint8, shape (n, 28, 28)
    read : dict of str to float

    Returns
    -------
    matplotlib Figure
        White is 255, as on a screen.
    """
    import matplotlib.pyplot as plt

    count = len(next(iter(forms.values())))
    fig, axes = plt.subplots(len(forms), count, figsize=(0.85 * count + 1, 1.0 * len(forms)))
    for row, (name, images) in zip(axes, forms.items(), strict=True):
        for ax, image in zip(row, images, strict=True):
            ax.imshow(image, cmap="gray", vmin=0, vmax=255)
            ax.set_axis_off()
        row[0].text(-5, 14, f"{name}\n{read[name]:.1%} right", ha="right", va="center")
    fig.suptitle("1 - image: the darkest ink turns into paper")
    return fig


def show_overfitting(history, every):
    """Draw training and validation loss (left), and validation accuracy (right), against the step.

    A dotted line marks the lowest validation loss.

    Parameters
    ----------
    history : dict of str to list of float
        "loss", "val_loss" and "val_accuracy", an entry for ``every`` steps.
    every : int

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    steps = every * np.arange(1, len(history["loss"]) + 1)
    turn = int(np.argmin(history["val_loss"]))
    fig, axes = plt.subplots(1, 2, figsize=(8.5, 3))
    axes[0].plot(steps, history["loss"], color=plots.COLOURS["mlp"], label="training")
    axes[0].plot(steps, history["val_loss"], "--", color=plots.COLOURS["mlp"], label="validation")
    axes[0].set(title="The validation loss falls, then rises", ylabel="loss", ylim=(0, 1))
    axes[1].plot(steps, history["val_accuracy"], "--", color=plots.COLOURS["mlp"])
    axes[1].set(title="The accuracy stays level", ylabel="validation accuracy", ylim=(0.5, 1))
    for ax in axes:
        ax.axvline(steps[turn], color="grey", linestyle=":", label="lowest validation loss")
        ax.set_xlabel("step")
    axes[0].legend()
    return fig


def show_flattery(tries, flattered):
    """Draw by how many points the best of so many models is reported too good.

    Parameters
    ----------
    tries : sequence of int
    flattered : dict of str to array of float
        Percentage points, one curve each.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7.5, 3.2))
    for (name, points), colour in zip(flattered.items(), (plots.WRONG, "#E69F00", plots.RIGHT), strict=True):
        ax.plot(tries, points, "o-", color=colour, label=name)
        ax.text(tries[-1] * 1.1, points[-1], f"{points[-1]:+.1f}", color=colour, va="center")
    ax.axhline(0, color="#BBBBBB", linewidth=1, zorder=0)
    ax.set(xscale="log", xlabel="models tried", ylabel="points too good")
    ax.set_xticks(tries, tries)
    ax.minorticks_off()
    ax.set_title("The more you try, the more the test set flatters")
    ax.legend()
    return fig
