"""Figures of lesson 00: a digit as numbers, and its differences from the means."""

import numpy as np


def show_numbers(image, *, top, left, size):
    """Draw a digit, and beside it a square of it with the number of each pixel.

    Parameters
    ----------
    image : array of uint8, shape (28, 28)
    top, left, size : int
        The square's first row, its first column, and its side, in pixels.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 4.8), width_ratios=[1, 1.5])
    for ax in axes:
        ax.imshow(image, vmin=0, vmax=255)
        ax.set_axis_off()
    axes[0].add_patch(plt.Rectangle((left - 0.5, top - 0.5), size, size, fill=False, color="C1", lw=2))
    axes[0].set_title("28 by 28 pixels")
    axes[1].set(xlim=(left - 0.5, left + size - 0.5), ylim=(top + size - 0.5, top - 0.5))
    axes[1].set_title("The marked square, read as numbers")
    for row, column in np.ndindex(size, size):
        value = image[top + row, left + column]
        colour = "white" if value > 127 else "black"
        axes[1].text(left + column, top + row, value, ha="center", va="center", size=8, color=colour)
    return fig


def show_differences(x, differences, distances):
    """Draw a digit, and its difference from each class's mean under the squared distance; the smallest in bold.

    Parameters
    ----------
    x : array of float, shape (784,)
        0 to 1.
    differences : array of float, shape (10, 784)
        ``x`` minus each mean: red is ink that the mean lacks, blue ink that the digit lacks.
    distances : array of float, shape (10,)

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 6, figsize=(9, 3.6))
    axes[0, 0].imshow(x.reshape(28, 28))
    axes[0, 0].set_title("the digit", loc="center", fontsize=10)
    for k, ax in enumerate(axes[:, 1:].ravel()):
        ax.imshow(differences[k].reshape(28, 28), cmap="RdBu_r", vmin=-1, vmax=1)
        weight = "bold" if k == distances.argmin() else "normal"
        ax.set_title(f"from mean {k}: {distances[k]:.1f}", loc="center", fontsize=10, fontweight=weight)
    for ax in axes.ravel():
        ax.set_axis_off()
    fig.suptitle("Digit minus mean: red is ink that the mean lacks, blue ink that the digit lacks", size=11)
    return fig
