"""Figures of lesson 16: the floor of softmax twice, a sweep of learning rates, units that are alive."""

import numpy as np

from mnist_lib import plots

HIGHEST = 4.0  # losses above are drawn here


def show_floor(losses, floor):
    """Draw the loss of two trainings by rounds, the first red and the second blue, and a dotted floor.

    Parameters
    ----------
    losses : dict of str to list of float
    floor : float

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(6, 2.8))
    for (name, values), colour in zip(losses.items(), (plots.WRONG, plots.RIGHT), strict=True):
        ax.plot(range(1, len(values) + 1), values, color=colour, label=name)
    ax.axhline(floor, color="grey", linestyle=":")
    ax.text(len(values), floor - 0.05, f"floor: ln(1 + 9/e) = {floor:.2f}", ha="right", va="top", color="grey")
    ax.set(title="Softmax twice stands on a floor", xlabel="round of 50 batches", ylabel="training loss", ylim=(0, 2.4))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


def show_sweep(rates, ends, marked=None):
    """Draw where each learning rate ends: blue below a loss of 1, red above; nan and what is above 4 are drawn at 4.

    Parameters
    ----------
    rates, ends : sequence of float
        Learning rates, and the validation loss at the end.
    marked : dict of str to float, optional
        Names for some of the rates, written above their points.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    drawn = np.minimum(np.nan_to_num(ends, nan=HIGHEST), HIGHEST)
    works = drawn < 1
    fig, ax = plt.subplots(figsize=(7, 3))
    ax.plot(rates, drawn, color="#BBBBBB", zorder=1)
    ax.scatter(rates, drawn, c=np.where(works, plots.RIGHT, plots.WRONG), s=50)
    ax.axhline(np.log(10), color="grey", linestyle=":", zorder=0)
    ax.text(0.05, np.log(10) + 0.1, "ln 10: a guess", color="grey")
    for name, rate in (marked or {}).items():
        ax.text(rate, np.interp(rate, rates, drawn) + 0.4, f"{name}: {rate:g}", ha="center", weight="bold")
    ax.text(rates[0], 1.2, "too low: not there yet", color=plots.WRONG)
    ax.set(xscale="log", ylim=(0, HIGHEST + 0.1), ylabel="validation loss", xlabel="learning rate")
    ax.set_title(f"{works.sum()} of {len(rates)} rates end below a loss of 1, side by side")
    return fig


def show_alive(shares):
    """Draw for each unit the share of digits that switch it on, in order; dead ones are red crosses at the bottom.

    Parameters
    ----------
    shares : dict of str to array of float, shape (units,)

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(shares), figsize=(8, 2.7), sharey=True)
    for ax, (name, values) in zip(axes, shares.items(), strict=True):
        ordered = np.sort(values)
        units, dead = np.arange(1, len(ordered) + 1), ordered == 0
        ax.plot(units[~dead], ordered[~dead], "o", color=plots.RIGHT, markersize=4)
        ax.plot(units[dead], ordered[dead], "x", color=plots.WRONG, markersize=5)
        ax.set(title=f"{name}: {dead.sum()} dead", xlabel="hidden units, in order", ylim=(-0.06, 1.05))
    axes[0].set_ylabel("share of digits")
    return fig
