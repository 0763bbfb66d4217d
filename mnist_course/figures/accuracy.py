"""Figures and tables of lesson 14: batch normalisation, what the parts of a recipe are worth, the stored runs.

The verdicts are the rule of lesson 09, as in lesson 13.
"""

import json
from pathlib import Path

import numpy as np

from mnist_course.figures.speed import STORED, verdict
from mnist_lib import plots, recipes

PLAIN = STORED["fast_cnn, cycle 0.01"][:, -1]  # accuracies of the fast CNN with plain labels, seeds 0 to 4, stored
KINDS, RATES = ("with", "without"), (0.0003, 0.001, 0.003, 0.01)
# "with batch normalisation, 0.001" -> accuracies of three seeds, as ``python -m tools.accuracy_runs`` left them.
NORMALISATION = json.loads(Path(__file__).with_name("accuracy_runs.json").read_text(encoding="utf-8"))[
    "validation_accuracy"
]


def difference(values):
    """Return the mean of differences within pairs, and its standard error."""
    values = np.asarray(values, float)
    return values.mean(), values.std(ddof=1) / len(values) ** 0.5


def contrast(deviation, less, more):
    """Return how much larger the sum of some means is than that of others, and its standard error.

    Parameters
    ----------
    deviation : float
        Standard deviation of one training.
    less, more : list of array of float, shape (runs,)
    """
    gap = sum(group.mean() for group in more) - sum(group.mean() for group in less)
    return gap, deviation * sum(1 / len(group) for group in [*less, *more]) ** 0.5


def show_normalisation(*, ax=None):
    """Draw mistakes against constant learning rates, with and without batch normalisation, stored."""
    import matplotlib.pyplot as plt

    ax = ax or plt.subplots(figsize=(6.5, 3))[1]
    for kind, colour, mark in zip(KINDS, (plots.COLOURS["accurate_cnn"], "#7F7F7F"), ("o-", "s--"), strict=True):
        mistakes = np.array(
            [5000 * (1 - np.array(NORMALISATION[f"{kind} batch normalisation, {rate}"])) for rate in RATES]
        )
        ax.plot(RATES, mistakes.mean(axis=1), mark[1:], color=colour, label=f"{kind} batch normalisation")
        ax.plot(RATES, mistakes, mark[0], color=colour, alpha=0.5)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="mistakes, of 5,000 digits (log)")
    ax.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    ax.set_yticks([100, 200, 500], ["100", "200", "500"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(plt.NullLocator())
    ax.set_title("After 85 steps on 11,000 digits")
    ax.legend()
    return ax


def show_ablation(counts, deviation, own=None, *, base="the recipe", ax=None):
    """Draw each change of a recipe: its runs as dots, their mean, its distance from the recipe and the verdict.

    Parameters
    ----------
    counts : dict of str to array of float, shape (runs,)
        Change -> mistakes of each run; one of them is the recipe itself.
    deviation : float
        Pooled standard deviation of one training.
    own : float, optional
        Mistakes of the learner's run of the recipe.
    base : str
        The recipe's name.
    ax : matplotlib Axes, optional
    """
    import matplotlib.pyplot as plt

    order = sorted(counts, key=lambda name: counts[name].mean())
    ax = ax or plt.subplots(figsize=(7, 0.9 + 0.33 * len(order)))[1]
    ax.axvline(counts[base].mean(), color=plots.COLOURS["accurate_cnn"], linewidth=0.8)
    for row, name in enumerate(order):
        some, colour = np.sort(counts[name]), plots.COLOURS["accurate_cnn"] if name == base else "#666666"
        ax.plot(some, row + 0.12 * (np.arange(len(some)) % 3 - 1), "o", color=colour, alpha=0.5, markersize=5)
        ax.plot([some.mean()] * 2, [row - 0.35, row + 0.35], color=colour, linewidth=2)
        text = f"{len(some)} runs"
        if name != base:
            more, error = contrast(deviation, [counts[base]], [some])
            text = f"{more:+.1f} ± {error:.1f}  {verdict(more, error)}"
        ax.text(1.02, row, text, fontsize=9, va="center", transform=ax.get_yaxis_transform())
    if own is not None:
        ax.plot(own, order.index(base), "D", color="black", fillstyle="none", markersize=9, label="yours")
        ax.legend(loc="upper right")
    ax.set(yticks=range(len(order)), yticklabels=order, xlabel="mistakes, of 5,000 validation digits; fewer are better")
    ax.set_title("What each part is worth")
    ax.invert_yaxis()
    return ax


def stored_tests():
    """Return test accuracies of the stored networks: name -> (accuracies, shape (runs,), minutes of training)."""
    found = {"four epochs": recipes.stored_runs("ladder")["accurate CNN"]}
    (found["17 epochs"],) = recipes.stored_runs("long").values()
    (found["a vote of four of these"],) = list(recipes.stored_runs("ensemble").values())[-1:]
    return {
        name: (np.array([run["test_accuracy"] for run in some]), np.mean([run["seconds"] for run in some]) / 60)
        for name, some in found.items()
    }
