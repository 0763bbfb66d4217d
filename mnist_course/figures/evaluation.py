"""Figures of lesson 08: marks of an exam against real life, precision against recall."""

import numpy as np

from mnist_lib import plots


def show_marks(marks):
    """Draw each candidate's accuracy in real life against its accuracy in the exam; the winner of the exam in red.

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
    best = exam.argmax()
    fig, ax = plt.subplots(figsize=(4.8, 3.3))
    ax.scatter(drawn, life, s=10, color=plots.COLOURS["softmax"])
    ax.scatter(drawn[best], life[best], s=90, facecolor="none", edgecolor=plots.WRONG, linewidth=2)
    place, paper = (drawn[best], life[best]), {"bbox": {"fc": "white", "ec": "none", "pad": 1}}
    ax.annotate("the winner", place, (0, -22), textcoords="offset points", ha="center", color=plots.WRONG, **paper)
    ax.axvline(exam.mean(), color="#BBBBBB", lw=1, zorder=0)
    ax.axhline(life.mean(), color="#BBBBBB", lw=1, zorder=0)
    ax.set(title="The best mark is mostly a lucky one", xlabel="exam, % right", ylabel="real life, % right")
    return fig


def show_tradeoff(curves):
    """Draw precision against recall for several models, over their upper right quarter.

    Parameters
    ----------
    curves : dict of str to (recall, precision)
        Arrays of one length, 0 to 1, one entry a threshold. Colours follow the models' names.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(5.4, 3.6))
    for name, (recall, precision) in curves.items():
        ax.plot(100 * np.asarray(recall), 100 * np.asarray(precision), color=plots.COLOURS[name], label=name)
    ax.set(xlim=(50, 101), ylim=(50, 101), xlabel="recall, % of the fives found")
    ax.set(title="More fives found, more false alarms", ylabel="precision, % of the alarms true")
    ax.legend(loc="lower left")
    return fig
