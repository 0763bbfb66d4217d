"""Figures in one style: pure functions of arrays, which draw and return their Axes.

One colour for each model through the whole series; training solid, validation dashed; right in blue, wrong
in red. The colours are chosen so that colour-blind readers can tell them apart.
"""

import base64
import io
from pathlib import Path

import numpy as np

COLOURS = {"nearest mean": "#7F7F7F", "softmax": "#E69F00", "mlp": "#009E73", "cnn": "#8856A7"}
RIGHT, WRONG = "#0072B2", "#CC3311"


def use_style():
    """Use the series' style sheet for every figure that follows."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("house.mplstyle"))


def show(figure, alt):
    """Display a figure with a text alternative, for readers who hear the page instead of seeing it.

    Parameters
    ----------
    figure : matplotlib Figure
        It is closed afterwards, so that it appears once.
    alt : str
        What a reader should learn from the figure, in a sentence or two.

    Raises
    ------
    ValueError
        If ``alt`` is empty.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display
    from PIL import Image

    if not alt.strip():
        raise ValueError("alt is empty; say in a sentence what the figure shows.")
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    plt.close(figure)
    # 256 colours are enough for these figures, and a stored notebook becomes a third as large.
    picture = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(small, "png", optimize=True)
    content = {"image/png": base64.b64encode(small.getvalue()).decode(), "text/plain": alt}
    display(content, raw=True, metadata={"image/png": {"alt": alt}})


def show_digits(images, labels=None, predictions=None, *, columns=10, axes=None):
    """Draw digits in a grid, each titled with its label or, if given, its prediction in blue or red.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
        Dark where the pixel is large. All share one scale, 0 to the largest possible value.
    labels, predictions : array of int, shape (N,), optional
        With both: blue where they agree; red "predicted, not label" where they differ.
    columns : int
        Digits a row, in a new figure.
    axes : sequence of N matplotlib Axes, optional
        Where to draw; a new figure if left out.

    Returns
    -------
    array of Axes, shape (N,)

    Raises
    ------
    ValueError
        If ``images`` has another shape, or the lengths differ.
    """
    images = np.asarray(images)
    if images.ndim != 3 or len(images) == 0:
        raise ValueError(f"images has shape {images.shape}; expected (N, height, width) with N of at least 1.")
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values is not None and len(values) != len(images):
            raise ValueError(f"{len(images)} images, but {len(values)} {name}; give one for each image.")
    axes = _grid(len(images), columns, axes, height=1.05 if labels is not None else 0.9)
    top = 255 if images.max() > 1 else 1
    for i, (ax, image) in enumerate(zip(axes, images, strict=True)):
        ax.imshow(image, vmin=0, vmax=top)
        ax.set_axis_off()
        if predictions is not None and labels is not None:
            right = labels[i] == predictions[i]
            text = f"{predictions[i]}" if right else f"{predictions[i]}, not {labels[i]}"
            ax.set_title(text, color=RIGHT if right else WRONG, loc="center")
        elif labels is not None:
            ax.set_title(f"{labels[i]}", loc="center")
    return axes


def show_weights(weights, *, axes=None):
    """Draw each class's weights as an image: red speaks for the digit, blue against it.

    Parameters
    ----------
    weights : array of float, shape (784, K)
        One column a class, as notebook 01 trains them (cell ``train-by-hand``), or a hidden unit, as in 02.
    axes : sequence of K matplotlib Axes, optional
        Where to draw; a new figure with ten columns if left out.

    Returns
    -------
    array of Axes, shape (K,)
        All share one symmetric colour scale, so that classes can be compared.

    Raises
    ------
    ValueError
        If ``weights`` has another shape.
    """
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[0] != 784 or weights.shape[1] == 0:
        raise ValueError(f"weights has shape {weights.shape}; expected (784, K), one column a class.")
    axes = _grid(weights.shape[1], 10, axes, height=1.05)
    limit = np.abs(weights).max() or 1
    for k, ax in enumerate(axes):
        ax.imshow(weights[:, k].reshape(28, 28), cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set_axis_off()
        ax.set_title(f"{k}", loc="center")
    return axes


def show_history(histories, *, axes=None):
    """Draw loss and accuracy of each epoch: training solid, validation dashed.

    Parameters
    ----------
    histories : History, or dict of str to History
        What ``train`` returned. Colours follow the models' names, then the style's cycle.
    axes : pair of matplotlib Axes, optional
        For loss and accuracy; a new figure if left out.

    Returns
    -------
    array of Axes, shape (2,)
    """
    import matplotlib.pyplot as plt

    if not isinstance(histories, dict):
        histories = {histories.model_name: histories}
    if axes is None:
        axes = plt.subplots(1, 2, figsize=(8.5, 3.2))[1]
    for i, (name, history) in enumerate(histories.items()):
        colour = COLOURS.get(name, f"C{i}")
        epochs = np.arange(1, len(history.loss) + 1)
        for ax, train, validation in (
            (axes[0], history.loss, history.validation_loss),
            (axes[1], history.accuracy, history.validation_accuracy),
        ):
            ax.plot(epochs, train, color=colour, label=f"{name}, training")
            ax.plot(epochs, validation, color=colour, linestyle="--", label=f"{name}, validation")
    for ax, what in zip(axes, ("loss", "accuracy"), strict=True):
        ax.set(title=what.capitalize(), xlabel="epoch", ylabel=what)
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].legend()
    return axes


def show_probabilities(images, probabilities, labels, *, axes=None):
    """Draw digits, each above bars for its ten probabilities: the right digit's bar blue, a wrong first choice red.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
    probabilities : array of float, shape (N, 10)
        0 to 1.
    labels : array of int, shape (N,)
        The right digits.
    axes : array of Axes, shape (2, N), optional
        Images above, bars below; a new figure if left out.

    Returns
    -------
    array of Axes, shape (2, N)
    """
    import matplotlib.pyplot as plt

    count = len(images)
    if axes is None:
        axes = plt.subplots(2, count, figsize=(min(9, 1.8 * count), 3), squeeze=False)[1]
    show_digits(images, labels, probabilities.argmax(axis=1), axes=axes[0])
    for i, ax in enumerate(axes[1]):
        colours = ["#BBBBBB"] * 10
        colours[probabilities[i].argmax()] = WRONG
        colours[labels[i]] = RIGHT
        ax.bar(range(10), probabilities[i], color=colours)
        ax.set(ylim=(0, 1), xticks=range(10), yticks=[0, 1] if i == 0 else [], xlabel="digit")
        ax.tick_params(axis="x", labelsize=7)
    axes[1, 0].set_ylabel("probability")
    return axes


def show_ladder(rungs, *, ax=None):
    """Draw how many digits of 1,000 each model gets wrong, one bar a rung.

    Parameters
    ----------
    rungs : dict of str to dict
        For each model ``test_accuracy`` (0 to 1), ``parameters`` and ``seconds`` of training.
    ax : matplotlib Axes, optional
        A new figure if left out.

    Returns
    -------
    Axes
    """
    import matplotlib.pyplot as plt

    if ax is None:
        ax = plt.subplots(figsize=(8.5, 0.9 + 0.55 * len(rungs)))[1]
    wrong = [1000 * (1 - rung["test_accuracy"]) for rung in rungs.values()]
    bars = ax.barh(list(rungs), wrong, color=[COLOURS.get(name, "C0") for name in rungs], height=0.7)
    texts = [
        f"{count:.1f}   ({rung['test_accuracy']:.2%} right, {rung['parameters']:,} parameters, {rung['seconds']:.1f} s)"
        for count, rung in zip(wrong, rungs.values(), strict=True)
    ]
    ax.bar_label(bars, texts, padding=5, fontsize=9)
    ax.set(title="The ladder: wrong answers in 1,000 test digits", xlim=(0, max(wrong) * 1.75))
    ax.invert_yaxis()
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    return ax


def _grid(count, columns, axes, height):
    """Return ``count`` flat Axes, those given or a new figure's; unused places of the grid are hidden."""
    import matplotlib.pyplot as plt

    if axes is not None:
        axes = np.asarray(axes).ravel()
        if len(axes) != count:
            raise ValueError(f"{count} pictures, but {len(axes)} axes; give one for each.")
        return axes
    columns = min(columns, count)
    rows = -(-count // columns)
    size = min(9.0, 0.9 * columns) / columns
    axes = plt.subplots(rows, columns, figsize=(size * columns, height / 0.9 * size * rows), squeeze=False)[1].ravel()
    for ax in axes[count:]:
        ax.remove()
    return axes[:count]


def show_confusion(confusion, *, ax=None):
    """Draw a confusion matrix so that its mistakes stand out: right answers pale blue, mistakes red.

    Parameters
    ----------
    confusion : array of int, shape (K, K)
        Row = right digit, column = predicted digit, as notebook 04 counts it (cell ``confusion-by-hand``).
    ax : matplotlib Axes, optional
        A new figure if left out.

    Returns
    -------
    Axes
        The darker the red, the larger the mistake's share of its row. Zeros are left blank.

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
        0 to 1; nan in empty bins, which are left out.
    count : array of int, shape (bins,)
        Answers in each bin. The vertical lines are their 95 % intervals.
    colour : matplotlib colour
    ax : matplotlib Axes, optional
        A new figure if left out.

    Returns
    -------
    Axes
        Below the grey diagonal the model was surer than it was right.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    import matplotlib.pyplot as plt

    from mnist_lib.evaluation import accuracy_interval

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
        A new figure if left out.

    Returns
    -------
    Axes
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
        Where to draw; a new figure if left out.

    Returns
    -------
    array of Axes, shape (C,)

    Raises
    ------
    ValueError
        If ``maps`` has another shape.
    """
    maps = np.asarray(maps)
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(f"maps has shape {maps.shape}; expected (height, width, channels), for one image.")
    axes = _grid(maps.shape[2], columns, axes, height=0.9)
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
        Such as occlusion maps (notebook 04, cell ``occlusion-by-hand``) or gradients. Stretched over the
        image; each map has its own symmetric scale of 15 steps, so compare places, not images.
    axes : sequence of N matplotlib Axes, optional
        Where to draw; a new figure if left out.

    Returns
    -------
    array of Axes, shape (N,)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    import matplotlib.pyplot as plt

    images, maps = np.asarray(images), np.asarray(maps)
    if images.ndim != 3 or maps.ndim != 3 or len(images) != len(maps) or len(images) == 0:
        raise ValueError(f"images has shape {images.shape} and maps {maps.shape}; expected (N, 28, 28) and (N, h, w).")
    axes = _grid(len(images), 6, axes, height=0.9)
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
        From a method that lays many dimensions out in two, such as PCA or t-SNE.
    labels : array of int, shape (N,)
        0 to 9.
    wrong : array of bool, shape (N,), optional
        These are circled in black.
    ax : matplotlib Axes, optional
        A new figure if left out.

    Returns
    -------
    Axes
        Without scales: only who lies near whom can be read.

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
