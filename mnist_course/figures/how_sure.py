"""Figures of lesson 09: intervals that hold the truth or miss it, coins, runs of several seeds, reliability."""

import numpy as np

from mnist_lib import inspection, plots


def show_intervals(accuracies, intervals, truth, *, shown=50):
    """Draw intervals of several test sets, one panel a recipe; those that miss the truth in red.

    Parameters
    ----------
    accuracies : array of float, shape (N,)
        0 to 1.
    intervals : dict of str to (low, high)
        Arrays of shape (N,). The titles count all N, the first ``shown`` are drawn.
    truth : float

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(intervals), figsize=(8.6, 2.7), sharey=True)
    for ax, (name, (low, high)) in zip(axes, intervals.items(), strict=True):
        hit = (low <= truth) & (truth <= high)
        colour = np.where(hit, plots.RIGHT, plots.WRONG)[:shown]
        ax.vlines(range(shown), 100 * low[:shown], 100 * high[:shown], color=colour)
        ax.scatter(range(shown), 100 * accuracies[:shown], s=5, color=colour, zorder=3)
        ax.axhline(100 * truth, color="black", lw=0.8)
        ax.set(title=f"{name}: {hit.mean():.1%} of {len(hit):,} hold the truth", xlabel="test set")
    axes[0].set_ylabel("accuracy, %")
    return fig


def show_coins(throws):
    """Draw how coins fall, and a red line where two models fell.

    Parameters
    ----------
    throws : sequence of (heads, only_first, only_second, p_value)
        ``heads`` is an array of int: of the digits that one model alone reads, how many fell to the second.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(throws), figsize=(8.6, 2.7))
    for ax, (heads, only_first, only_second, p_value) in zip(axes, throws, strict=True):
        differ = only_first + only_second
        shares = np.bincount(heads, minlength=differ + 1) / len(heads)
        ax.bar(range(differ + 1), shares, color="#BBBBBB", width=1)
        ax.axvline(only_second, color=plots.WRONG)
        ax.set(title=f"{only_first} to {only_second}: luck as uneven in {p_value:.2%}")
        ax.set(xlabel="coins that fall for the second", ylabel="share of the throws")
    return fig


def show_runs(runs):
    """Draw the accuracy of each run, one row a way of training, with the mean and its 95 % interval.

    Parameters
    ----------
    runs : dict of str to array of float, shape (m,)
        0 to 1.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt
    from scipy.stats import t

    fig, ax = plt.subplots(figsize=(6.4, 2))
    for row, values in enumerate(runs.values()):
        reach = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
        ax.plot(100 * np.asarray(values), [row] * len(values), "o", color="#999999", alpha=0.6)
        ax.errorbar(100 * np.mean(values), row + 0.25, xerr=100 * reach, fmt="D", color=plots.COLOURS["mlp"], capsize=4)
    ax.set(yticks=range(len(runs)), yticklabels=runs, ylim=(-0.4, len(runs) - 0.4), xlabel="accuracy, %")
    ax.set_title("Runs (grey), their mean and its interval (green)")
    return fig


def show_reliabilities(reports):
    """Draw a reliability diagram for each report, side by side, the error in the title.

    Parameters
    ----------
    reports : dict of str to Report

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(reports), figsize=(2.9 * len(reports), 3), sharey=True)
    for ax, (name, report) in zip(axes, reports.items(), strict=True):
        found = inspection.calibration(report.probabilities, report.labels)
        inspection.show_reliability(*found, colour=plots.COLOURS["mlp"], ax=ax)
        ax.scatter(found.confidence, found.accuracy, s=400 * found.count / found.count.sum(), color="C0", alpha=0.3)
        ax.set_title(f"{name}, ECE {found.error:.1%}")
        ax.label_outer()
    return fig
