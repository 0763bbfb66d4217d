"""Figures of lesson 05: a window that slides, kernels, what one number sees, and nine sliders."""

import io
from fractions import Fraction

import numpy as np

from mnist_lib import plots

# Made by people, long before anybody learned kernels from data.
KERNELS = {
    "unchanged": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "vertical edges": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "horizontal edges": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
}


def show_window(image, kernel, feature_map, place):
    """Draw an image, a kernel and the feature map as numbers, with one window and its sum framed.

    Parameters
    ----------
    image : array, shape (H, W)
    kernel : array, shape (3, 3)
    feature_map : array, shape (H - 2, W - 2)
    place : (int, int)
        Row and column of the framed sum.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    widths = [image.shape[1], 1, kernel.shape[1], 1, feature_map.shape[1]]
    fig, axes = plt.subplots(1, 5, figsize=(9, 2.5), width_ratios=widths)
    total = feature_map[place]
    _numbers(axes[0], image, "image, one window", frame=(*place, len(kernel)))
    _numbers(axes[2], kernel, "kernel")
    _numbers(axes[4], feature_map, f"nine products add up to {total:g}", frame=(*place, 1))
    for ax, sign in ((axes[1], "∗"), (axes[3], "=")):
        ax.text(0.5, 0.5, sign, fontsize=20, ha="center", va="center")
        ax.set_axis_off()
    return fig


def show_kernels(image, kernels, maps):
    """Draw an image, and kernels with their numbers above the feature maps that they make of it.

    Parameters
    ----------
    image : array of float, shape (28, 28)
    kernels : dict of str to array, shape (3, 3)
    maps : sequence of array, shape (H, W)
        One for each kernel: red where positive, blue where negative, each on a scale of its own.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 1 + len(kernels), figsize=(9, 3.3))
    axes[0, 0].set_axis_off()
    plots.show_digits(image[None], axes=axes[1, :1])
    axes[1, 0].set_title("the digit", loc="center", fontsize=10)
    for (above, below), (name, kernel), feature_map in zip(axes.T[1:], kernels.items(), maps, strict=True):
        _numbers(above, np.asarray(kernel), name)
        limit = np.abs(feature_map).max() or 1
        below.imshow(feature_map, cmap="RdBu_r", vmin=-limit, vmax=limit)
        below.set_axis_off()
    return fig


def show_reach(image, reaches):
    """Draw an image several times, with a frame round the pixels that one number depends on.

    Parameters
    ----------
    image : array of float, shape (28, 28)
    reaches : dict of str to array of bool, shape (28, 28)
        Name of the number -> the pixels that reach it: a square.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(reaches), figsize=(9, 3), squeeze=False)
    for ax, (name, reach) in zip(axes[0], reaches.items(), strict=True):
        rows, columns = np.flatnonzero(reach.any(axis=1)), np.flatnonzero(reach.any(axis=0))
        corner, size = (columns[0] - 0.5, rows[0] - 0.5), (len(columns), len(rows))
        ax.imshow(image)
        ax.add_patch(plt.Rectangle(corner, *size, facecolor="#E69F0044", edgecolor="#E69F00", lw=2.5))
        ax.set_title(f"{name}: {size[1]} by {size[0]} pixels", loc="center", fontsize=10)
        ax.set_axis_off()
    return fig


def show_as_dense(matrix):
    """Draw the weights of a convolution as those of a dense layer: inputs down, outputs across.

    Parameters
    ----------
    matrix : array of float, shape (36, 16)
        One row for each pixel, one column for each number of the map. Each weight has a colour; zeros stay white.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(3.4, 4.5))
    weights = np.unique(matrix[matrix != 0])
    ranks = np.where(matrix != 0, np.searchsorted(weights, matrix), np.nan)  # evenly spaced colours, none for zero
    cells = ax.imshow(ranks, cmap=plt.get_cmap("viridis_r", len(weights)), vmin=-0.5, vmax=len(weights) - 0.5)
    bar = fig.colorbar(cells, ax=ax, shrink=0.5, label="weight (white: 0)")
    bar.set_ticks(range(len(weights)), labels=[f"{weight:g}" for weight in weights])
    ax.set(title="The same few weights,\nagain and again", xlabel="number in the map", ylabel="pixel")
    return fig


def playground(images, kernels, convolve):
    """Display nine sliders for the weights of a kernel, and what it makes of a digit.

    Parameters
    ----------
    images : array of uint8, shape (N, 28, 28)
    kernels : dict of str to array, shape (3, 3)
        To start from.
    convolve : function
        (image, kernel) -> feature map.
    """
    import ipywidgets as widgets
    from IPython.display import display

    preset = widgets.Dropdown(options=list(kernels), description="Kernel")
    number = widgets.IntSlider(max=min(99, len(images) - 1), description="Image no.")
    relu = widgets.Checkbox(description="ReLU")
    size = {"width": "170px"}
    sliders = [widgets.FloatSlider(min=-8, max=8, step=1 / 16, layout=size) for _ in range(9)]
    grid = widgets.GridBox(sliders, layout={"grid_template_columns": "repeat(3, 180px)"})
    note, picture = widgets.Label(), widgets.Image(width=432)

    def choose(change):
        for slider, weight in zip(sliders, np.ravel(kernels[preset.value]), strict=True):
            slider.value = float(weight)

    def draw(change=None):
        kernel = np.reshape([slider.value for slider in sliders], (3, 3))
        image = images[number.value] / 255
        picture.value = _side_by_side(image, convolve(image, kernel), relu.value)
        note.value = f"The nine weights add up to {kernel.sum():g}. Red is positive, blue negative."

    preset.observe(choose, "value")
    for control in (number, relu, *sliders):
        control.observe(draw, "value")
    draw()
    preset.value = "vertical edges" if "vertical edges" in kernels else preset.value
    view = widgets.VBox([widgets.HBox([preset, number, relu]), grid, note, picture])
    words = "Nine sliders, a digit, and the feature map that they make of it."
    display({**view._repr_mimebundle_(), "text/plain": words}, raw=True)


def _side_by_side(image, feature_map, relu):
    """Return a PNG of a digit and its feature map, on a frame as large as the digit."""
    import matplotlib.pyplot as plt

    if relu:
        feature_map = np.maximum(feature_map, 0)
    framed = np.zeros_like(image)
    rows, columns = feature_map.shape
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - columns) // 2
    framed[top : top + rows, left : left + columns] = feature_map / (np.abs(feature_map).max() or 1)
    pixels = np.kron(np.hstack([image, framed]), np.ones((8, 8)))
    drawn = io.BytesIO()
    plt.imsave(drawn, pixels, cmap="RdBu_r", vmin=-1, vmax=1)
    return drawn.getvalue()


def _numbers(ax, values, title, frame=None):
    """Write an array's numbers into its pixels; ``frame`` is (row, column, size) of a square."""
    import matplotlib.pyplot as plt

    limit = np.abs(values).max() or 1
    ax.imshow(values, cmap="RdBu_r", vmin=-1.6 * limit, vmax=1.6 * limit)
    for (i, j), value in np.ndenumerate(values):
        text = str(Fraction(float(value)).limit_denominator(100)).replace("-", "−")
        ax.text(j, i, text, ha="center", va="center", fontsize=9 if len(text) < 4 else 7)
    if frame:
        row, column, size = frame
        ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), size, size, fill=False, lw=3, clip_on=False))
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, loc="center", fontsize=10)
