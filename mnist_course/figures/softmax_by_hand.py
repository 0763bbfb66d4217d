"""Figures of lesson 01: ink times weight, the loss curve, weights on their way, learning rates."""

import numpy as np

from mnist_lib import plots


def show_evidence(x, W, b, digits):
    """Draw, for each of some digits, an image's ink, the digit's weights, and their product with its sum.

    Parameters
    ----------
    x : array of float, shape (784,)
        0 to 1.
    W : array of float, shape (784, 10)
    b : array of float, shape (10,)
    digits : sequence of int

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(digits), 3, figsize=(6.6, 2 * len(digits)))
    products = x * W.T
    for ax, digit in zip(axes, digits, strict=True):
        ax[0].imshow(x.reshape(28, 28))
        for panel, values, all_values in (
            (ax[1], W[:, digit], W[:, list(digits)]),
            (ax[2], products[digit], products[list(digits)]),
        ):
            limit = np.abs(all_values).max()
            panel.imshow(values.reshape(28, 28), cmap="RdBu_r", vmin=-limit, vmax=limit)
        total = products[digit].sum()
        ax[2].set_title(f"{total:.1f} + bias {b[digit]:.1f} = {total + b[digit]:.1f}", loc="center")
        ax[0].set_title("ink", loc="center")
        ax[1].set_title(f"weights of {digit}", loc="center")
        for panel in ax:
            panel.set_axis_off()
    return fig


def show_loss_curve(probabilities, labels, images):
    """Draw minus the logarithm, with a sure right, an unsure and a sure wrong digit on it.

    Parameters
    ----------
    probabilities : array of float, shape (N, 10)
    labels : array of int, shape (N,)
    images : array of float, shape (N, 784)

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    p_y = probabilities[np.arange(len(labels)), labels]
    answers, sure = probabilities.argmax(axis=1), probabilities.max(axis=1) > 0.9
    fig, ax = plt.subplots(figsize=(7, 3.4))
    curve = np.linspace(0.008, 1, 300)
    ax.plot(curve, -np.log(curve), color=plots.COLOURS["softmax"])
    for target, words, among, align in (
        (0.95, "sure and right", sure, "right"),
        (0.4, "unsure", ~sure, "center"),
        (0.03, "sure and wrong", sure, "left"),
    ):
        i = np.where(among, np.abs(p_y - target), 2).argmin()
        loss = -np.log(p_y[i])
        ax.plot(p_y[i], loss, "o", color="black")
        inset = ax.inset_axes([p_y[i] - 0.02, loss + 0.25, 0.12, 1.1], transform=ax.transData)
        inset.imshow(images[i].reshape(28, 28))
        inset.set_axis_off()
        text = f"{words}: a {labels[i]}, read as {answers[i]}\nloss {loss:.2f}"
        ax.text(p_y[i] + 0.04, loss + 1.45, text, ha=align)
    ax.set(xlabel="probability of the right digit", ylabel="loss", xlim=(0, 1.1), ylim=(0, 6))
    ax.set_title("Being sure and wrong is costly")
    return fig


def show_snapshots(snapshots):
    """Draw the weights of the ten digits at several steps, one row a step.

    Parameters
    ----------
    snapshots : dict of int to array of float, shape (784, 10)

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(snapshots), 10, figsize=(9, 0.98 * len(snapshots)))
    for row, (step, weights) in zip(axes, snapshots.items(), strict=True):
        plots.show_weights(weights, axes=row)
        row[0].text(-4, 14, f"{step:,} step{'s' * (step != 1)}", ha="right", va="center")
    for ax in axes[1:].flat:
        ax.set_title("", loc="center")
    return fig


def show_rates(losses, *, window=50):
    """Draw the loss of each batch, as the mean of the last ``window``, for several learning rates.

    Parameters
    ----------
    losses : dict of float to list of float
        Learning rate -> loss of each batch.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3.2))
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(losses)))
    for (rate, values), shade in zip(losses.items(), shades, strict=True):
        smooth = np.convolve(values, np.ones(window) / window, mode="valid")
        ax.plot(np.arange(len(smooth)) + window, smooth, color=shade, label=f"{rate}")
    ax.axhline(np.log(10), color="grey", linestyle=":", label="ln 10")
    ax.set(xlabel="step", ylabel=f"loss, mean of the last {window} batches", yscale="log")
    ax.set_yticks([0.3, 0.5, 1, 2, 5], ["0.3", "0.5", "1", "2", "5"])
    ax.set_yticks([], minor=True)
    ax.set_title("Creeping, falling, leaping")
    ax.legend(title="learning rate", loc="upper left", bbox_to_anchor=(1, 1))
    return fig
