"""Figures of lesson 03: bends and their slopes, two pixels before and after a hidden layer, sizes in a deep network."""

import numpy as np

from mnist_lib import plots


def show_bends(relu):
    """Draw ReLU, sigmoid and tanh, and beside them their slopes.

    Parameters
    ----------
    relu : function
        Array of float -> array of float, as the lesson writes it.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    z = np.linspace(-4, 4, 801)
    sigmoid = 1 / (1 + np.exp(-z))
    curves = {
        "ReLU": (relu(z), z > 0, plots.COLOURS["mlp"]),
        "tanh": (np.tanh(z), 1 - np.tanh(z) ** 2, "#0072B2"),
        "sigmoid": (sigmoid, sigmoid * (1 - sigmoid), "#CC79A7"),
    }
    fig, axes = plt.subplots(1, 2, figsize=(8.5, 2.8))
    for name, (values, slopes, colour) in curves.items():
        axes[0].plot(z, values, color=colour, label=name)
        axes[1].plot(z, slopes, color=colour, label=name)
    axes[0].set(title="Three bends", xlabel="z", ylim=(-1.2, 2.4))
    axes[1].set(title="Their slopes: only ReLU's stays 1", xlabel="z", ylim=(-0.1, 1.2), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes[0].legend(loc="upper left")
    return fig


def show_two_pixels(pixels, hidden, different):
    """Draw four pictures of two pixels as points: in the plane of pixels, and in the plane of two hidden units.

    Parameters
    ----------
    pixels, hidden : array, shape (4, 2)
    different : array of int, shape (4,)
        1 where the two pixels differ, else 0.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(8.5, 2.9))
    for ax, points in zip(axes, (pixels, hidden), strict=True):
        for kind, name, colour, mark in ((0, "equal", "#0072B2", "o"), (1, "different", "#E69F00", "s")):
            ax.scatter(*points[different == kind].T, s=110, color=colour, marker=mark, label=name, zorder=3)
        taken = []
        for pair, point in zip(pixels, points, strict=True):
            right = 0.07 + 0.35 * taken.count(list(point))  # two pictures at one point stand side by side
            taken.append(list(point))
            inset = ax.inset_axes([point[0] + right, point[1] + 0.07, 0.28, 0.14], transform=ax.transData)
            inset.imshow(pair[None], vmin=0, vmax=1, extent=(0, 2, 0, 1), aspect="auto")
            inset.axvline(1, color="grey", linewidth=0.8)
            inset.set(xticks=[], yticks=[])
            inset.spines[:].set_visible(True)
        ax.set(xticks=range(int(points.max()) + 1), yticks=[0, 1])
        ax.margins(0.25)
    axes[1].axline((0.5, 0), slope=0.5, color="black")
    axes[0].set(title="Pixels: no line parts the colours", xlabel="pixel 1", ylabel="pixel 2")
    axes[1].set(title="Hidden units: one line does", xlabel="unit 1", ylabel="unit 2")
    axes[0].legend(loc="center")
    return fig


def show_depth(by_start):
    """Draw the size of the numbers in each layer of a deep network, one line a start.

    Parameters
    ----------
    by_start : dict of str to array of float
        Size of the random weights, in words -> standard deviation of the inputs and of each layer's outputs.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3.2))
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(by_start)))
    for (name, sizes), shade in zip(by_start.items(), shades, strict=True):
        ax.semilogy(sizes, color=shade, marker="o", markersize=3)
        ax.annotate(f"  {name}", (len(sizes) - 1, sizes[-1]), va="center", color=shade)
    ax.set(title="Ten layers multiply ten factors", xlabel="layer", ylabel="size of its outputs")
    ax.set_xlim(0, len(sizes) + 0.5)
    return fig
