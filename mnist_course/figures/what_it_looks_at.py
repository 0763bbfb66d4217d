"""Figures of lesson 10: relevance maps of two models, planes, strange pictures, and what shifts do."""

import numpy as np

from mnist_lib import plots
from mnist_lib.inspection.figures import show_plane, show_relevance


def show_maps(images, maps):
    """Draw relevance maps of the same digits for several models, one row a model.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
    maps : dict of str to array of float, shape (N, 28, 28)
        For each model; red where the relevance is above 0.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(maps), len(images), figsize=(1.4 * len(images), 1.4 * len(maps)), squeeze=False)
    for row, (name, values) in zip(axes, maps.items(), strict=True):
        show_relevance(images, values, axes=row)
        row[0].text(-0.1, 0.5, name, transform=row[0].transAxes, rotation=90, va="center", ha="center")
    return fig


def show_planes(planes, labels, *, wrong):
    """Draw several planes of the same digits, two a row.

    Parameters
    ----------
    planes : dict of str to array of float, shape (N, 2)
    labels : array of int, shape (N,)
    wrong : array of bool, shape (N,)
        These are circled.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(-(-len(planes) // 2), 2, figsize=(8, 6.4))
    for ax, (title, points) in zip(axes.flat, planes.items(), strict=True):
        show_plane(points, labels, wrong=wrong, ax=ax)
        ax.set_title(title)
    return fig


def show_read(images, probabilities):
    """Draw pictures, each in a frame under what is read in it, and how surely.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
    probabilities : array of float, shape (N, 10)

    Returns
    -------
    matplotlib Figure
    """
    axes = plots.show_digits(images, columns=len(images))
    for ax, p in zip(axes, probabilities, strict=True):
        ax.set_title(f"{p.argmax()}, {p.max():.0%}", loc="center")
        ax.set_axis_on()
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    figure = axes[0].figure
    figure.set_size_inches(7, 1.8)
    return figure


def show_turns(angles, right, sure, examples):
    """Draw accuracy and mean confidence against the angle by which digits are turned, with one digit as an example.

    Parameters
    ----------
    angles : array of float, shape (N,)
        Degrees, counter-clockwise.
    right, sure : array of float, shape (N,)
        0 to 1.
    examples : dict of float to array, shape (28, 28)
        Angle -> a digit turned by it.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 3.6))
    ax.plot(angles, 100 * sure, color="black", linestyle=":", label="mean confidence")
    ax.plot(angles, 100 * right, "o-", markersize=4, color=plots.COLOURS["cnn"], label="right")
    gap = {"where": sure > right, "interpolate": True, "color": plots.WRONG, "alpha": 0.12, "linewidth": 0}
    ax.fill_between(angles, 100 * right, 100 * sure, **gap)
    for angle, image in examples.items():
        inset = ax.inset_axes([angle - 16, 103, 32, 22], transform=ax.transData)
        inset.imshow(image, vmin=0, vmax=255)
        inset.set_axis_off()
    ax.set(xlabel="turned by, degrees (left: clockwise)", ylabel="%", xticks=range(-180, 181, 60), ylim=(0, 126))
    ax.set(yticks=range(0, 101, 20))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set_title("Red: surer than right")
    return fig


def show_shifts(examples, table, names=("plain training", "varied training")):
    """Draw the accuracy of two models on several kinds of pictures, one row a kind, with an example at its left.

    Parameters
    ----------
    examples : dict of str to array, shape (28, 28)
    table : dict of str to pair of float
        For each kind the accuracy of both models, 0 to 1.
    names : pair of str

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7.4, 0.62 * len(table) + 0.6))
    shares = 100 * np.array(list(table.values()))
    rows = np.arange(len(table))
    ax.hlines(rows, shares.min(axis=1), shares.max(axis=1), color="#BBBBBB", linewidth=2, zorder=0)
    for values, name, colour in zip(shares.T, names, (plots.COLOURS["cnn"], plots.RIGHT), strict=True):
        ax.scatter(values, rows, s=60, color=colour, label=name)
    for row, image in zip(rows, examples.values(), strict=True):
        inset = ax.inset_axes([1, row - 0.48, 9, 0.96], transform=ax.transData)
        inset.imshow(image, vmin=0, vmax=255)
        inset.set_axis_off()
    ax.set(yticks=rows, yticklabels=list(table), xlabel="right, %", xlim=(0, 103), ylim=(len(table) - 0.4, -0.6))
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return fig
