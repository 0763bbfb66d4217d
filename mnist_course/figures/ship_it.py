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
    errors = np.clip(((back - kernel) / step).ravel(), -0.5, 0.5)  # a half may come out as 0.5000001
    axes[2].hist(errors, bins=21, range=(-0.5, 0.5), color=plots.COLOURS["cnn"])
    axes[2].set(title="Errors, in steps: never more than half", xlabel="steps", ylabel=f"of {kernel.size} weights")
    return fig


def show_bits(accuracies, full):
    """Draw the share of wrong answers against bits a weight, on a logarithmic axis.

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
    bits, wrong = list(accuracies), [100 * (1 - accuracy) for accuracy in accuracies.values()]
    ax.axhline(100 * (1 - full), color="#777777", ls="--", lw=1.2)
    below = {"textcoords": "offset points", "va": "top"}
    ax.annotate(f"32 bits: {1 - full:.2%}", (max(bits) + 0.5, 100 * (1 - full)), (0, -4), color="#555555", **below)
    ax.plot(bits, wrong, "o-", color=plots.COLOURS["cnn"])
    for one, value in zip(bits, wrong, strict=True):
        ax.annotate(f"{value:.3g}", (one, value), (-7, 7), textcoords="offset points", ha="center")
    ax.set(xlabel="bits a weight", ylabel="wrong answers, %", yscale="log")
    low = min(value for value in (*wrong, 100 * (1 - full), 100) if value > 0)  # no mistake has no place on this axis
    ax.set(ylim=(low / 1.8, 2 * max(*wrong, low)), xticks=bits)
    ax.set(title="Few bits are enough, until they are not", xlim=(max(bits) + 0.6, min(bits) - 0.4))
    ax.yaxis.set_major_locator(plt.LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(plt.NullLocator())
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
        ax.plot(milliseconds[name], place, "o", ms=9, color=plots.WRONG if "Keras" in name else plots.COLOURS["cnn"])
        number = f"{milliseconds[name]:.2g}" if milliseconds[name] < 10 else f"{milliseconds[name]:.0f}"
        ax.annotate(number, (milliseconds[name], place), (9, 0), textcoords="offset points", va="center")
    low, high = min(milliseconds.values()), max(milliseconds.values())
    ax.set(xscale="log", xlim=(low / 2, high * 2.5), yticks=range(len(order)), yticklabels=order)
    ax.set(xlabel="milliseconds for one image; each tick is ten times more", title="The same network, the same image")
    for colour, words in ((plots.WRONG, "Keras's own model"), (plots.COLOURS["cnn"], "exported")):
        ax.plot([], [], "o", ms=9, color=colour, label=words)
    ax.legend(loc="upper right")  # the slowest way is at the bottom, so this corner is free
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(plt.NullLocator())
    return fig
