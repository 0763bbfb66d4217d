"""Figures of lesson 12: weights in eight bits and in fewer, and what one answer costs in each format."""

import numpy as np

from mnist_lib import plots


def show_rounding(kernel, back, step):
    """Draw a filter before and after rounding, and the errors of all, in steps.

    Parameters
    ----------
    kernel, back : array of float, shape (3, 3, 1, M)
        Weights before and after.
    step : array of float, shape (M,)

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 3, figsize=(8, 2.7), width_ratios=[1, 1, 1.5])
    limit = np.abs(kernel[..., 0, 0]).max()
    for ax, values, title in zip(axes, (kernel, back), ("filter 0 in 32 bits", "in 8 bits"), strict=False):
        ax.imshow(values[..., 0, 0], cmap="RdBu_r", vmin=-limit, vmax=limit)
        for (row, column), value in np.ndenumerate(values[..., 0, 0]):
            colour = "white" if abs(value) > limit / 2 else "black"
            ax.text(column, row, f"{value:.4f}", ha="center", va="center", fontsize=8, color=colour)
        ax.set(title=title, xticks=[], yticks=[])
    axes[2].hist(((back - kernel) / step).ravel(), bins=21, range=(-0.525, 0.525), color=plots.COLOURS["cnn"])
    axes[2].set(title="Errors, in steps: never more than half", xlabel="steps", ylabel=f"of {kernel.size} weights")
    return fig


def show_bits(accuracies, full):
    """Draw accuracy against bits a weight.

    Parameters
    ----------
    accuracies : dict
        Bits -> accuracy, 0 to 1.
    full : float
        Accuracy with 32 bits.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3))
    bits, values = list(accuracies), [100 * accuracy for accuracy in accuracies.values()]
    ax.axhline(100 * full, color="#777777", ls="--", lw=1.2)
    ax.text(max(bits), 100 * full + 1.5, f"32 bits: {full:.1%}", ha="left", va="bottom", color="#555555")
    ax.plot(bits, values, "o-", color=plots.COLOURS["cnn"])
    for one, value in zip(bits, values, strict=True):
        ax.annotate(f"{value:.1f}", (one, value), (0, -8), textcoords="offset points", ha="center", va="top")
    ax.set(xlabel="bits a weight", ylabel="validation accuracy, %")
    ax.yaxis.set_ticks(range(20 * int(min(min(values) - 15, 60) // 20), 101, 20))
    ax.set(ylim=(min(min(values) - 15, 60), 106))
    ax.set(title="Few bits are enough, until they are not", xlim=(max(bits) + 0.6, min(bits) - 0.4), xticks=bits)
    return fig


def show_times(milliseconds):
    """Draw how long one image takes, way by way, as dots on a logarithmic axis.

    Parameters
    ----------
    milliseconds : dict
        Name of a way -> milliseconds.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7.5, 2.8))
    order = sorted(milliseconds, key=milliseconds.get, reverse=True)
    for place, name in enumerate(order):
        colour = plots.COLOURS["cnn"] if "Keras" not in name else plots.WRONG
        ax.plot(milliseconds[name], place, "o", ms=9, color=colour)
        ax.annotate(
            f"{milliseconds[name]:.2g}", (milliseconds[name], place), (9, 0), textcoords="offset points", va="center"
        )
    low, high = min(milliseconds.values()), max(milliseconds.values())
    ax.set(xscale="log", xlim=(low / 2, high * 2.5), yticks=range(len(order)), yticklabels=order)
    ax.set(xlabel="milliseconds for one image; each tick is ten times more", title="The same network, the same image")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(plt.NullLocator())
    return fig
