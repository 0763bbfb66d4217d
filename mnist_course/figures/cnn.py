"""Figures of lesson 06: learned kernels, feature maps, the scrambled and the moved digit."""

import numpy as np

from mnist_lib import plots


def show_kernels_and_maps(kernels, maps):
    """Draw kernels on the left, and in the same places on the right the maps that they make.

    Parameters
    ----------
    kernels : array of float, shape (3, 3, M)
        Red where positive, blue where negative, each on a scale of its own.
    maps : array of float, shape (H, W, M)
        Dark where large, each on a scale of its own.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    columns = 8
    rows = -(-kernels.shape[-1] // columns)
    fig = plt.figure(figsize=(9, 4.5 * rows / columns + 0.3))
    for part, pictures, title in zip(fig.subfigures(1, 2), (kernels, maps), ("kernels", "maps"), strict=True):
        axes = part.subplots(rows, columns, squeeze=False).ravel()
        for picture, ax in zip(np.moveaxis(pictures, -1, 0), axes, strict=False):
            limit = np.abs(picture).max() or 1
            style = {"cmap": "RdBu_r", "vmin": -limit} if pictures is kernels else {"vmin": 0}
            ax.imshow(picture, vmax=limit, **style)
        for ax in axes:
            ax.set_axis_off()
        part.suptitle(f"{pictures.shape[-1]} {title}", fontsize=11)
    return fig


def show_layers(stacks, *, columns=8):
    """Draw, for each layer, the feature maps with the largest sum; each on a scale of its own.

    Parameters
    ----------
    stacks : sequence of array of float, shape (H, W, M)
        What comes out of each layer, not negative, M of at least ``columns``.
    columns : int

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(stacks), columns, figsize=(8, 1.13 * len(stacks)), squeeze=False)
    for row, stack in zip(axes, stacks, strict=True):
        strongest = np.sort(np.argsort(stack.sum(axis=(0, 1)))[-columns:])
        for ax, number in zip(row, strongest, strict=True):
            ax.imshow(stack[:, :, number], vmin=0)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(" × ".join(map(str, stack.shape)))
    return fig


def show_scramble(mistakes, examples):
    """Draw the mistakes of several trainings, one dot each, one row a network and arrangement.

    Parameters
    ----------
    mistakes : dict of (str, str) to list of float
        (name of the model, "as they are" or "scrambled") -> share of wrong answers, 0 to 1, one for each seed.
    examples : pair of array, shape (28, 28)
        A digit as it is, and scrambled.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplot_mosaic("AC;BC", figsize=(9, 2.9), width_ratios=[1, 5])
    plots.show_digits(np.stack(examples), axes=[axes["A"], axes["B"]])
    axes["A"].set_title("as they are", loc="center", fontsize=10)
    axes["B"].set_title("scrambled", loc="center", fontsize=10)
    ax = axes["C"]
    for row, ((name, how), shares) in enumerate(mistakes.items()):
        colour = plots.COLOURS[name]
        inside = "white" if how == "scrambled" else colour
        heights = row + np.linspace(-0.2, 0.2, len(shares))  # apart, so that equal ones are seen
        ax.plot(100 * np.array(shares), heights, "o", ms=10, mfc=inside, mec=colour, mew=2)
    ax.set_yticks(range(len(mistakes)), [f"{plots.LADDER[name][0]}, {how}" for name, how in mistakes])
    ax.set(title="Does the scramble hurt?", xlabel="validation digits read wrongly, %", xlim=0)
    ax.set_ylim(len(mistakes) - 0.5, -0.5)
    ax.grid(axis="y", color="#DDDDDD")
    return fig


def show_shift(curves, digits):
    """Draw accuracy against shift in pixels, below the shifted digits.

    Parameters
    ----------
    curves : dict of str to list of float
        Name of a model -> accuracy, 0 to 1, for shifts of 0, 1, 2, ... pixels.
    digits : sequence of array, shape (28, 28)
        One for each shift.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    count = len(digits)
    fig, (top, ax) = plt.subplots(2, 1, figsize=(7, 4.2), height_ratios=[1, 3], sharex=True)
    framed = [np.pad(digit / np.max(digit), 2, constant_values=0.35) for digit in digits]
    top.imshow(np.hstack(framed), extent=(-0.5, count - 0.5, 0, 1), aspect="auto")
    top.set_axis_off()
    top.set_title("How far may a digit move?")
    for name, curve in curves.items():
        percent = [100 * accuracy for accuracy in curve]
        ax.plot(range(count), percent, "o-", color=plots.COLOURS[name], label=plots.LADDER[name][0])
    ax.axhline(10, color="black", lw=1, ls=":", label="guessing")
    ax.set(xlabel="shift in pixels", ylabel="right, %", xticks=range(count), ylim=(0, 102))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig
