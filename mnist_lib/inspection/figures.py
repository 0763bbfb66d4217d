"""The figures of evaluation: confusion, reliability, coverage, feature maps, relevance, a plane of digits.

As in ``plots``, a new figure is made where ``ax`` or ``axes`` are left out, and what was drawn on is returned.
"""

import numpy as np

from mnist_lib.numerics.scores import accuracy_interval
from mnist_lib.plots import COLOURS, RIGHT, grid


def show_confusion(confusion, *, ax=None):
    """Draw a confusion matrix so that its mistakes stand out: right answers pale blue, mistakes red.

    Parameters
    ----------
    confusion : array of int, shape (K, K)
        Row = right digit, column = predicted digit, as notebook 08 counts it (cell ``confusion-by-hand``). The
        darker the red, the larger the mistake's share of its row. Zeros are left blank.
    ax : matplotlib Axes, optional

    Raises
    ------
    ValueError
        If ``confusion`` is not square.
    """
    import matplotlib.pyplot as plt

    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1] or confusion.size == 0:
        raise ValueError(f"confusion has shape {confusion.shape}; expected a square, (10, 10) for digits.")
    if ax is None:
        ax = plt.subplots(figsize=(5.2, 5.2))[1]
    count, diagonal = len(confusion), np.eye(len(confusion), dtype=bool)
    shares = np.where(diagonal, 0, confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1))
    top = shares.max() or 1
    ax.imshow(shares, cmap="Reds", vmin=0, vmax=1.4 * top)
    for (i, j), number in np.ndenumerate(confusion):
        if i == j:
            ax.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, color=RIGHT, alpha=0.15, linewidth=0))
        if number:
            ax.text(j, i, f"{number}", ha="center", va="center", fontsize=8, color=RIGHT if i == j else "black")
    ax.set(xlabel="predicted digit", ylabel="right digit", xticks=range(count), yticks=range(count))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def show_reliability(confidence, accuracy, count, *, colour="C0", ax=None):
    """Draw a reliability diagram: the accuracy of each bin of confidence, against that confidence.

    Parameters
    ----------
    confidence, accuracy : array of float, shape (bins,)
        0 to 1; nan in empty bins, which are left out. Below the grey diagonal the model was surer than it was right.
    count : array of int, shape (bins,)
        Answers in each bin. The vertical lines are their 95 % intervals.
    colour : matplotlib colour
    ax : matplotlib Axes, optional

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    import matplotlib.pyplot as plt

    confidence, accuracy, count = map(np.asarray, (confidence, accuracy, count))
    if not confidence.shape == accuracy.shape == count.shape or count.ndim != 1:
        raise ValueError(
            f"confidence, accuracy and count have shapes {confidence.shape}, {accuracy.shape} and {count.shape}; "
            "expected (bins,) for all three."
        )
    if ax is None:
        ax = plt.subplots(figsize=(3.2, 3.2))[1]
    ax.plot([0, 1], [0, 1], color="#BBBBBB", linewidth=1, zorder=0)
    for x, y, n in zip(confidence, accuracy, count, strict=True):
        if n:
            ax.plot([x, x], accuracy_interval(round(y * n), n), color=colour, linewidth=1.2)
            ax.plot(x, y, "o", color=colour, markersize=5)
    ax.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="confidence", ylabel="accuracy", aspect="equal")
    return ax


def show_coverage(curves, *, ax=None):
    """Draw accuracy against coverage: how good the answers are when a model may stay silent.

    Parameters
    ----------
    curves : dict of str to (coverage, accuracy)
        Arrays of one length, 0 to 1. Colours follow the models' names, then the style's cycle.
    ax : matplotlib Axes, optional
    """
    import matplotlib.pyplot as plt

    if ax is None:
        ax = plt.subplots(figsize=(7, 3.4))[1]
    for i, (name, (coverage, accuracy)) in enumerate(curves.items()):
        ax.plot(100 * np.asarray(coverage), 100 * np.asarray(accuracy), color=COLOURS.get(name, f"C{i}"), label=name)
    ax.set(title="Fewer answers, better answers", xlabel="digits that are answered, %", ylabel="right among them, %")
    ax.set(xlim=(0, 101))
    ax.legend(loc="lower left")
    return ax


def show_feature_maps(maps, *, columns=8, axes=None):
    """Draw what comes out of a convolution, one small picture a feature map.

    Parameters
    ----------
    maps : array of float, shape (H, W, C)
        For one image. Dark where the answer is strong; all share one scale, from 0.
    columns : int
        Pictures a row, in a new figure.
    axes : sequence of C matplotlib Axes, optional

    Raises
    ------
    ValueError
        If ``maps`` has another shape.
    """
    maps = np.asarray(maps)
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(f"maps has shape {maps.shape}; expected (height, width, channels), for one image.")
    axes = grid(maps.shape[2], columns, axes, height=0.9)
    for c, ax in enumerate(axes):
        ax.imshow(maps[:, :, c], vmin=0, vmax=maps.max() if maps.max() > 0 else 1)
        ax.set_axis_off()
    return axes


def show_relevance(images, maps, *, axes=None):
    """Draw where in each image a model looks: red speaks for its answer, blue against it.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
    maps : array of float, shape (N, h, w)
        Such as occlusion maps (lesson 10, cell ``occlusion-by-hand``) or gradients. Stretched over the
        image; each map has its own symmetric scale of 15 steps, so compare places, not images.
    axes : sequence of N matplotlib Axes, optional

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    import matplotlib.pyplot as plt

    images, maps = np.asarray(images), np.asarray(maps)
    if images.ndim != 3 or maps.ndim != 3 or len(images) != len(maps) or len(images) == 0:
        raise ValueError(f"images has shape {images.shape} and maps {maps.shape}; expected (N, 28, 28) and (N, h, w).")
    axes = grid(len(images), 6, axes, height=0.9)
    for ax, image, values in zip(axes, images, maps, strict=True):
        height, width = image.shape
        limit = np.abs(values).max() or 1
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)
        ax.imshow(values, cmap=plt.get_cmap("RdBu_r", 15), vmin=-limit, vmax=limit, extent=extent)
        ax.contour(image, levels=[image.max() / 2] if image.max() > 0 else [1], colors="black", linewidths=0.8)
        ax.set_axis_off()
    return axes


def show_plane(points, labels, *, wrong=None, ax=None):
    """Draw digits as points of a plane, each marked by its own digit and colour.

    Parameters
    ----------
    points : array of float, shape (N, 2)
        From a method that lays many dimensions out in two, such as PCA or t-SNE. They have no scale: only who lies
        near whom can be read.
    labels : array of int, shape (N,)
        0 to 9.
    wrong : array of bool, shape (N,), optional
        These are circled in black.
    ax : matplotlib Axes, optional

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    import matplotlib.pyplot as plt

    points, labels = np.asarray(points), np.asarray(labels)
    if points.shape != (len(labels), 2) or (wrong is not None and np.shape(wrong) != (len(labels),)):
        raise ValueError(f"points has shape {points.shape}; expected ({len(labels)}, 2), one point for each label.")
    if ax is None:
        ax = plt.subplots(figsize=(6, 6))[1]
    for digit in np.unique(labels):
        colour = plt.get_cmap("tab10")(int(digit))
        ax.scatter(*points[labels == digit].T, marker=f"${digit}$", s=16, linewidth=0.2, color=colour)
    if wrong is not None:
        ax.scatter(*points[np.asarray(wrong, bool)].T, s=70, facecolor="none", edgecolor="black", linewidth=1)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax
