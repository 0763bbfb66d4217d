"""Figures in one style: pure functions of arrays, which draw and return their Axes.

Where ``ax`` or ``axes`` are left out, a new figure is made; what was drawn on is returned, one Axes a picture.
One colour for each model through the whole series; training solid, validation dashed; right in blue, wrong
in red. The colours are chosen so that colour-blind learners can tell them apart.
"""

import base64
import html
import io
from pathlib import Path

import numpy as np

# What a model is called in tables, and its colour, under the name that it has in code.
LADDER = {
    "nearest mean": ("nearest mean", "#7F7F7F"),
    "softmax": ("softmax regression", "#E69F00"),
    "mlp": ("MLP", "#009E73"),
    "cnn": ("CNN", "#8856A7"),
    "fast_cnn": ("fast CNN", "#8C96C6"),
    "accurate_cnn": ("deeper CNN, varied digits", "#4D004B"),
}
COLOURS = {name: colour for name, (_, colour) in LADDER.items()}
RIGHT, WRONG = "#0072B2", "#CC3311"
DENSITY = 1.5  # stored pixels a pixel of the page: screens have one to two, and a notebook room for 600 kB
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0 0 0 0)"


def use_style():
    """Use the series' style sheet for every figure that follows."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("house.mplstyle"))


def show(figure, alt):
    """Display a figure with a text alternative, for learners who hear the page instead of seeing it.

    JupyterLab has no way to give a picture its ``alt``. So the words follow as an output of their own, which a
    screen reader finds and the eye does not; web pages take them from the picture's metadata.

    Parameters
    ----------
    figure : matplotlib Figure
        It is closed afterwards, so that it appears once.
    alt : str
        What one should learn from the figure, in a sentence or two.

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
    figure.savefig(drawn, format="png", bbox_inches="tight", dpi=DENSITY * figure.dpi)
    plt.close(figure)
    # 96 colours, chosen well, are enough for these figures, and a stored notebook becomes a third as large.
    picture = Image.open(drawn).convert("RGB").quantize(96, kmeans=1, dither=Image.Dither.NONE)
    picture.save(small, "png", optimize=True)
    width, height = (round(side / DENSITY) for side in picture.size)
    content = {"image/png": base64.b64encode(small.getvalue()).decode(), "text/plain": alt}
    display(content, raw=True, metadata={"image/png": {"alt": alt, "width": width, "height": height}})
    words = f'<p class="jp-sr-only" style="{UNSEEN}">Figure: {html.escape(alt)}</p>'
    display({"text/html": words, "text/plain": ""}, raw=True)


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
    axes = grid(len(images), columns, axes, height=1.05 if labels is not None else 0.9)
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
        One column a class, as notebook 01 trains them (cell ``train-by-hand``), or a hidden unit, as in 04.
        All share one symmetric colour scale, so that classes can be compared.
    axes : sequence of K matplotlib Axes, optional

    Raises
    ------
    ValueError
        If ``weights`` has another shape.
    """
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[0] != 784 or weights.shape[1] == 0:
        raise ValueError(f"weights has shape {weights.shape}; expected (784, K), one column a class.")
    axes = grid(weights.shape[1], 10, axes, height=1.05)
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
        For loss and accuracy.
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
        Images above, bars below.
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


def grid(count, columns, axes, height):
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
