"""Checks of the exercises of notebook 02_mlp."""

import numpy as np

from mnist_lib.checks import number, say, short


def count_parameters(parameters):
    """Exercise ``exercise-count``: the parameters of the network 784-32-10."""
    if parameters is None:
        return say("…", "Fill in one number: all weights and all biases of the network 784-32-10.")
    count = number(parameters)
    if count is None:
        return say("✗", "That is not one number. Add up the weights and biases of both layers.")
    first, second = 784 * 32, 32 * 10
    mistakes = {
        first + second: "those are the weights alone. Each of the 32 hidden units and 10 logits has a bias as well.",
        first + 32: "that is the first layer alone. The second leads from 32 units to 10 logits.",
        second + 10: "that is the second layer alone. The first leads from 784 pixels to 32 units.",
        first + 32 + second: "the ten logits have a bias each, too.",
        first + second + 10: "the 32 hidden units have a bias each, too.",
        first + second + 784 + 32 + 10: "pixels have no bias: they are given, not computed.",
        784 * 32 * 10: "you multiplied the layers. Each has a matrix of its own; add them up.",
        784 + 32 + 10: "you added up the units. Between two layers every unit is connected with every other: multiply.",
        785 * 10: "that is softmax regression, without a hidden layer.",
        109_386: "that is the large network, 784-128-64-10.",
    }
    right = first + 32 + second + 10
    if count == right:
        return say(
            "✓",
            f"{right:,}, less than a quarter of the large network's 109,386, and the first matrix holds "
            f"{first / right:.0%} of them: to make such a network small, begin where the pixels come in.",
        )
    otherwise = "not yet. A layer from m to n units has m times n weights and n biases; add up two layers."
    say("✗", mistakes.get(count, otherwise))


def leaky_backward(function):
    """Exercise ``exercise-leaky``: ``function(dH, X, Z, W) -> dX, dW, db``, back through leaky(X @ W + b)."""
    if function is None:
        return say("…", "Write a function layer_backward(dH, X, Z, W) that returns dX, dW, db.")
    if not callable(function):
        kind = type(function).__name__
        return say("✗", f"layer_backward is a {kind}; hand over the function itself, without calling it.")
    random = np.random.default_rng(0)
    X, W, dH = random.normal(size=(6, 5)), random.normal(size=(5, 3)), random.normal(size=(6, 3))
    Z = X @ W + random.normal(size=3)
    try:
        answer = [np.asarray(a, dtype=float) for a in function(dH.copy(), X.copy(), Z.copy(), W.copy())]
    except Exception as problem:
        return say("✗", f"Your function stops: {short(problem)} It gets four arrays and returns three.")
    if len(answer) != 3:
        return say("✗", f"Your function returns {len(answer)} things; three are asked for: dX, dW, db.")

    def back(slope):
        dZ = dH * slope
        return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)

    def same(a, b):
        return a.shape == b.shape and np.allclose(a, b)

    expected = back(np.where(Z > 0, 1, 0.1))
    dX, dW, db = answer
    if all(map(same, answer, expected)):
        return say(
            "✓",
            "All three, in every entry. You can now write the way back through any layer: the slope of "
            "its bend, then two products and a sum. That is what a framework does when it says gradient.",
        )
    if sorted(a.shape for a in answer) == sorted(e.shape for e in expected) and not all(
        a.shape == e.shape for a, e in zip(answer, expected, strict=True)
    ):
        return say("✗", "The shapes are right, the order is not: dX, dW, db.")
    for slope, what in (
        (np.ones_like(Z), "you went round the bend: multiply dH by the slope first, 1 where Z > 0 and 0.1 elsewhere."),
        (np.where(Z > 0, 1, 0), "that is the plain ReLU. Where Z is not positive, the slope here is 0.1, not 0."),
        (np.where(Z > 0, 0.1, 1), "the slopes are swapped: 1 where Z > 0, 0.1 elsewhere."),
        (np.where(dH > 0, 1, 0.1), "you asked for the sign of dH. Whether the unit was on, Z says."),
        (np.where(Z > 0, Z, 0.1 * Z), "you multiplied by the activation. It is the slope that counts: 1 or 0.1."),
        (np.where(Z > 0, 1, -0.1), "the sign: the slope where Z is not positive is +0.1."),
    ):
        if any(map(same, answer, back(slope))) and not any(map(same, answer, expected)):
            return say("✗", what[0].upper() + what[1:])
    if same(db, expected[2] / len(X)):
        return say("✗", "db: you took the mean over the rows. dH holds the division by N already; take the sum.")
    for name, a, e in zip(("dX", "dW", "db"), answer, expected, strict=True):
        if a.shape != e.shape:
            return say("✗", f"{name} has shape {a.shape}; it must have the shape of what it belongs to, {e.shape}.")
    if same(dX, dH @ W.T) or same(dW, X.T @ dH) or same(db, dH.sum(axis=0)):
        return say("✗", "One of the three starts from dH. All three start from dZ, behind the bend.")
    off = next(name for name, a, e in zip(("dX", "dW", "db"), answer, expected, strict=True) if not same(a, e))
    say(
        "✗",
        f"{off} is not right yet. First dZ = dH times the slope; then dX = dZ Wᵀ, dW = Xᵀ dZ, db = column sums of dZ.",
    )


def _is_linear(model, images):
    """Whether z(x) + z(1 - x) is the same for all images, as notebook 02 proves of every linear model."""
    logits = np.asarray(model(images, training=False), dtype=float)
    sums = logits + np.asarray(model(255 - images, training=False), dtype=float)
    return bool(np.ptp(sums, axis=0).max() < 1e-3 * max(np.ptp(logits), 1e-9))


def small_network(model, data, *, most=60_000):
    """Exercise ``exercise-small`` of 02: at most 60,000 parameters, above a bar on ``data.validation``."""
    bar = 0.975 if data.is_mnist else 0.95
    if model is None:
        return say(
            "…",
            f"Build and train a network of at most {most:,} parameters; the bar is {bar:.1%} of the validation digits.",
        )
    try:
        parameters, layers = model.count_params(), list(model.layers)
    except Exception:
        return say(
            "✗",
            "That is not a Keras model that has been built. Hand over the model itself, for example models.mlp(...).",
        )
    if parameters > most:
        largest = max(layers, key=lambda layer: layer.count_params())
        return say(
            "✗",
            f"{parameters:,} parameters, {parameters - most:,} too many. The largest layer, "
            f"{largest.name}, has {largest.count_params():,}: give it fewer units.",
        )
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        return say(
            "✗", f"It cannot read the validation digits: {short(problem)} Pixels (N, 28, 28) in, logits (N, 10) out."
        )
    if accuracy < 0.2:
        return say("✗", f"{accuracy:.1%} of the validation digits: that is guessing. Is the model trained?")
    if _is_linear(model, data.validation.images[:100]):
        return say(
            "✗",
            "That model is linear: its logits for a picture and for the negative add up to the same "
            "numbers for every picture. Give it a hidden layer with a bend.",
        )
    if accuracy < bar:
        return say(
            "✗",
            f"{accuracy:.2%} of the validation digits with {parameters:,} parameters; the bar is "
            f"{bar:.1%}. A few more epochs, a learning rate that decays, or less dropout? A small network "
            "needs less of it.",
        )
    say(
        "✓",
        f"{accuracy:.2%} of the validation digits with {parameters:,} parameters, {parameters / 109_386:.0%} of "
        "the large one's. You chose by validation, so the test digits played no part. How small can you go?",
    )
