"""Figures of lesson 07: pictures of digits on paper, and what becomes of them step by step."""

import numpy as np

from mnist_lib.plots import RIGHT, WRONG, grid


def show_pictures(pictures, titles, *, columns=6):
    """Draw pictures as they were taken, each under its title.

    Parameters
    ----------
    pictures : sequence of PIL Image
    titles : sequence
        One for each picture.
    columns : int
        Pictures a row.

    Returns
    -------
    matplotlib Figure
    """
    axes = grid(len(pictures), columns, None, height=1.05)
    for ax, picture, title in zip(axes, pictures, titles, strict=True):
        ax.imshow(picture.reduce(3), interpolation="nearest")
        ax.set_title(title, loc="center", fontsize=8)
        ax.set_axis_off()
    figure = axes[0].figure
    figure.set_size_inches(7.6, 1.8 * -(-len(pictures) // columns))
    return figure


def show_steps(asked, labels):
    """Draw the same digits after each step of their repair, framed in blue where they were read rightly, else in red.

    Parameters
    ----------
    asked : dict of str to (images, answers)
        For each step its images, shape (N, 28, 28), and what a model answered, shape (N,).
    labels : array of int, shape (N,)
        The right digits.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    size = 0.62
    size_of_all = size * len(labels) + 1.4, size * len(asked)
    fig, axes = plt.subplots(len(asked), len(labels), figsize=size_of_all, layout="none")
    for row, (step, (images, answers)) in zip(axes, asked.items(), strict=True):
        row[0].set_ylabel(f"{step}\n{np.sum(answers == labels)} right", rotation=0, ha="right", va="center")
        for ax, image, answer, label in zip(row, images, answers, labels, strict=True):
            ax.imshow(image, vmin=0, vmax=255)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, color=RIGHT if answer == label else WRONG, linewidth=2)
    fig.subplots_adjust(wspace=0.08, hspace=0.08)
    return fig


def show_refusals(of_digits, of_others, refused=0.01):
    """Draw how high each way rates digits, and what is no digit, with the line above which it refuses.

    Parameters
    ----------
    of_digits, of_others : dict of str to array of float, shape (N,)
        Way -> what it says of each picture; high for what is no digit.
    refused : float
        Share of the digits that lie above the line, 0 to 1.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(of_digits), figsize=(9, 2.6))
    for ax, (way, digits) in zip(axes, of_digits.items(), strict=True):
        others = of_others[way]
        limit = np.quantile(digits, 1 - refused)
        bins = np.linspace(min(digits.min(), others.min()), max(digits.max(), others.max()), 30)
        for values, colour, label in ((digits, RIGHT, "digits"), (others, WRONG, "no digits")):
            share = np.full(len(values), 1 / len(values))
            ax.hist(values, bins, weights=share, color=colour, alpha=0.6, label=label)
        ax.axvline(limit, color="black", linestyle="--", linewidth=1)
        ax.set(title=f"{way}: {(others > limit).mean():.0%} refused", yticks=[])
    axes[0].legend(fontsize=8)
    fig.suptitle("Right of the line is refused: one digit in a hundred, and much of the rest", fontsize=10)
    return fig
