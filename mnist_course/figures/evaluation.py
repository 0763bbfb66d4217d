"""Figures of lesson 08: marks of an exam against real life, precision against recall, digits to look at closely."""

import numpy as np

from mnist_lib import plots


def show_marks(marks):
    """Draw each candidate's accuracy in real life against its accuracy in the exam; the winners of the exam in red.

    Parameters
    ----------
    marks : array of float, shape (N, 2)
        Exam and real life, 0 to 1. Dots of equal marks are drawn side by side.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    exam, life = 100 * np.asarray(marks).T
    drawn = exam + np.random.default_rng(0).uniform(-0.3, 0.3, len(exam))
    best = np.flatnonzero(exam == exam.max())
    fig, ax = plt.subplots(figsize=(4.8, 3.3))
    ax.scatter(drawn, life, s=10, color=plots.COLOURS["softmax"])
    ax.scatter(drawn[best], life[best], s=90, facecolor="none", edgecolor=plots.WRONG, linewidth=2)
    place, paper = (exam.max(), life[best].min()), {"bbox": {"fc": "white", "ec": "none", "pad": 1}}
    words = "the winner" if len(best) == 1 else "the winners"
    ax.annotate(words, place, (0, -22), textcoords="offset points", ha="center", color=plots.WRONG, **paper)
    ax.axvline(exam.mean(), color="#BBBBBB", lw=1, zorder=0)
    ax.axhline(life.mean(), color="#BBBBBB", lw=1, zorder=0)
    ax.set(title="The best mark is mostly a lucky one", xlabel="exam, % right", ylabel="real life, % right")
    return fig


def show_tradeoff(curves, marked):
    """Draw precision against recall for several models, and their upper right corner once more, larger.

    Parameters
    ----------
    curves : dict of str to (recall, precision)
        Arrays of one length, 0 to 1, one entry a threshold. Colours follow the models' names.
    marked : dict of float to (recall, precision)
        Thresholds of the first model that get a dot, with their places on its curve.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, (ax, corner) = plt.subplots(1, 2, figsize=(8.6, 3.6))
    for name, (recall, precision) in curves.items():
        for part in (ax, corner):
            part.plot(100 * np.asarray(recall), 100 * np.asarray(precision), color=plots.COLOURS[name], label=name)
    for threshold, (recall, precision) in marked.items():
        place = 100 * recall, 100 * precision
        ax.plot(*place, "o", color=plots.COLOURS[next(iter(curves))])
        ax.annotate(f"{threshold:g}", place, (-6, -6), textcoords="offset points", ha="right", va="top")
    ax.set(xlim=(0, 102), ylim=(0, 102), xlabel="recall, % of the fives found")
    ax.set(title="More fives found, more false alarms", ylabel="precision, % of the alarms true")
    ax.legend(loc="lower left")
    corner.set(xlim=(90, 100.3), ylim=(90, 100.3), title="The upper right corner", xlabel="recall, %")
    return fig


def show_large(images, labels=None, predictions=None):
    """Draw a few digits large, five a row, as :func:`mnist_lib.plots.show_digits` draws them.

    Parameters
    ----------
    images : array, shape (N, 28, 28)
    labels, predictions : array of int, shape (N,), optional

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    rows = -(-len(images) // 5)
    fig, axes = plt.subplots(rows, 5, figsize=(8.5, 2 * rows), squeeze=False)
    for ax in axes.flat[len(images) :]:
        ax.remove()
    plots.show_digits(images, labels, predictions, axes=axes.flat[: len(images)])
    return fig
