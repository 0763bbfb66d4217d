"""Figures of lesson 15: the graph laid by hand beside the traced one; how far translations are from the old program."""

from collections import Counter

import numpy as np

from mnist_lib.tensorflow1 import graphs

LONG = "SparseSoftmaxCrossEntropyWithLogits"
# The operations that matter, by their names in the graph that was laid by hand and in the one that was traced.
BY_HAND = {
    "X": "X", "labels": "labels", "W": "W", "b": "b", "matmul": "matmul", "logits": "logits",
    "losses/losses": "losses", "loss": "loss", "gradients/": "gradients",
    "update/update_W/": "new W", "update/update_b/": "new b",
}  # fmt: skip
TRACED = {
    "X_batch": "X", "labels_batch": "labels", "matmul/ReadVariableOp/resource": "W",
    "add/ReadVariableOp/resource": "b", "matmul": "matmul", "add": "logits", f"{LONG}/{LONG}": "losses",
    "Mean": "loss", "gradient_tape/": "gradients", "AssignSubVariableOp": "new W", "AssignSubVariableOp_1": "new b",
}  # fmt: skip
ONLY_BY_HAND = ("W", "gradients")
ARITHMETIC = {"AddV2", "MatMul", "Mul", "Neg", "RealDiv", "Sub", "Sum"}
STYLES = {
    "translation": ("black", "-"),
    "old program, nudged": ("#0072B2", "--"),
    "Keras's own epsilon": ("#E69F00", "-"),
    "learning rate 0.00101": ("#CC79A7", "-"),
    "a ReLU forgotten": ("#CC3311", "-"),
}


def show_both_graphs(by_hand, traced):
    """Draw the training step of softmax regression, laid by hand (left) and traced from Python (right).

    Parameters
    ----------
    by_hand, traced : iterable of tf.Operation
        What the lesson's ``update`` needs, and the operations of its traced ``training_step``.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 5.6))
    graphs.draw(axes[0], _with_loss(by_hand), BY_HAND, "laid by hand, the old way", marked=[ONLY_BY_HAND], size=8.5)
    graphs.draw(axes[1], traced, TRACED, "traced from Python, today", size=8.5)
    fig.suptitle("The same arithmetic twice, but for one arrow (red)")
    return fig


def both_arrows(by_hand, traced):
    """Return the arrows of both graphs, two sets of (from, to)."""
    return graphs.arrows(_with_loss(by_hand), BY_HAND), graphs.arrows(traced, TRACED)


def both_arithmetics(by_hand, traced):
    """Return how often each kind of arithmetic is in the gradients of both graphs, two Counters.

    What is done with constants, shapes and copies does not count: the graph laid by hand has more of it.
    """
    starts = "gradients/", "gradient_tape/"
    return tuple(
        Counter(op.type for op in operations if op.name.startswith(start) and _computes(op))
        for operations, start in zip((by_hand, traced), starts, strict=True)
    )


def _computes(op):
    return op.type in ARITHMETIC and op.outputs[0].dtype.is_floating  # whole numbers here are shapes


def _with_loss(operations):
    """Training needs the losses' gradient but not their mean; the picture shows it all the same."""
    operations = set(operations)
    return operations | graphs.needed(next(iter(operations)).graph.get_operation_by_name("loss"))


def show_differences(differences):
    """Draw how far each program's cost is from the old program's, batch by batch, on a logarithmic axis.

    Parameters
    ----------
    differences : dict of str to array of float, shape (steps,)
        The five names of the lesson, each with absolute differences of the cost; 0 is drawn at the bottom.

    Returns
    -------
    matplotlib Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 3.6))
    lowest = 1e-8
    for name, values in differences.items():
        colour, line = STYLES[name]
        steps = np.arange(1, len(values) + 1)
        ax.plot(steps, np.maximum(values, lowest), line, color=colour, linewidth=1.2, label=name)
    ax.set(xscale="log", yscale="log", ylim=(lowest / 2, 3), xlabel="step", ylabel="difference in the cost")
    ax.text(1.1, lowest, "0 is drawn at $10^{-8}$", color="grey", va="center", size=8)
    ax.set_title("The translation lies a little above the nudged program, every mistake far above")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return fig
